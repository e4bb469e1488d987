#!/usr/bin/env node
import { run } from './run.ts'

const { exitCode, text } = run(process.argv.slice(2))
process.stdout.write(`${text}\n`)
process.exitCode = exitCode
