import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'

const run = promisify(execFile)

/** What attaches a log in each of the ways that there are: a fetch, a client, a method. */
const ADAPTERS = ['fetch', 'ollama', 'mcp']

// `pnpm run guard` tries all adapters.
test('whatever of ours throws during a call, the application meets what it meets without a log', async () => {
  const { stdout } = await run(process.execPath, ['scripts/guard.ts', ...ADAPTERS])
  for (const adapter of ADAPTERS) expect(stdout).toContain(` ${adapter} `)
  expect(stdout.match(/^(harmed|silent) .*/gm)).toBeNull()
}, 300_000)
