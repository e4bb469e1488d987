// The quick start: a dialogue with a small model, recorded, read, verified and tampered with.
import { readArguments } from './arguments.ts'

const given = readArguments(process.argv.slice(2))
// The packages take a moment to load, on a slow machine some seconds.
if (process.stdout.isTTY) process.stdout.write('loading slm-audit and a model …')
const { demonstrate } = await import('./demonstration.ts')
if (process.stdout.isTTY) process.stdout.write('\r\u001B[K')
process.exitCode = await demonstrate(given)
