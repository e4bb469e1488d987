// test.ts [vitest's arguments]: runs the tests. A file whose process was ended by V8 itself, not by a test, is
// run once more: V8 13.6 sometimes ends a process that has started and ended many threads with
// "Check failed: jit_page.has_value()". Every other failure stays one.
//
// Modules that were compiled once are kept on disk, so that no process or thread of a test strips the types of its
// sources again: half of what opening a log costs here, and less of the code that comes and goes in the crash above
// (nodejs/node#64500).
import { spawn } from 'node:child_process'
import { join } from 'node:path'

const DIED =
  /Worker exited unexpectedly with signal (?:SIGTRAP|SIGSEGV)\b.* while running test file (\S+)/g
const FAILED = /^ *(?:Test Files|Tests) .*\bfailed\b/m
const ERRORS = /Vitest caught (\d+) unhandled errors?/
// biome-ignore lint/suspicious/noControlCharactersInRegex: colours begin so
const COLOURS = /\u001b\[[0-9;]*m/g

const COMPILED = join(import.meta.dirname, '../node_modules/.cache/compiled')

const first = await vitest(process.argv.slice(2), process.env.VITEST_JSON ?? '')
process.exit(first.status === 0 ? 0 : await again(first.output))

/** Runs the files again whose processes died, where nothing else failed. */
async function again(output: string): Promise<number> {
  const files = [...new Set([...output.matchAll(DIED)].map(([, file = '']) => file))]
  const errors = Number(ERRORS.exec(output)?.[1] ?? 0)
  if (files.length === 0 || errors !== files.length || FAILED.test(output)) return 1
  console.log(
    `\n${files.length} processes were ended by V8 itself; their files are run once more\n`
  )
  const options = process.argv.slice(2).filter((each) => each.startsWith('-'))
  return (await vitest([...options, ...files], '')).status
}

function vitest(args: readonly string[], results: string) {
  const colours = process.stdout.isTTY ? { FORCE_COLOR: '1' } : {}
  const env = {
    NODE_COMPILE_CACHE: COMPILED,
    ...process.env,
    ...colours,
    VITEST_JSON: results
  }
  const child = spawn('vitest', ['run', ...args], { env, stdio: ['inherit', 'pipe', 'pipe'] })
  let output = ''
  const pass = (from: NodeJS.ReadableStream, to: NodeJS.WriteStream) =>
    from.on('data', (data: Buffer) => {
      to.write(data)
      output += data.toString()
    })
  pass(child.stdout, process.stdout)
  pass(child.stderr, process.stderr)
  return new Promise<{ readonly status: number; readonly output: string }>((resolve, reject) => {
    child.on('error', reject)
    child.on('close', (code) => resolve({ status: code ?? 1, output: output.replace(COLOURS, '') }))
  })
}
