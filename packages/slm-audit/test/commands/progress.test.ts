import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createAuditLog } from 'slm-audit'
import { runCli, type Terminal } from 'slm-audit/run-cli'
import { expect, test } from 'vitest'

/** What a command shows of how far it is, one text after the other. */
async function progressOf(...args: string[]): Promise<string[]> {
  const shown: string[] = []
  const terminal: Terminal = {
    width: 80,
    isInteractive: true,
    isGone: false,
    print: () => undefined,
    write: () => undefined,
    explain: () => undefined,
    progress: (text) => void shown.push(text),
    style: (_style, text) => text
  }
  expect(await runCli(args, terminal)).toBe(0)
  return shown
}

test.each([
  ['erase', '--user', 'u-1'],
  ['redact', '--rule', 'email']
])('%s says that the index follows once all records are done', async (...command) => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'audit.db')
  const log = await createAuditLog({ file })
  const request = { operation: 'chat', provider: 'test', input: 'write to ann@example.org' }
  await log.withContext({ user: 'u-1' }, () => log.record(request, async () => 'aye'))
  await log.close()
  const shown = await progressOf(...command, '--file', file)
  expect(shown.at(-2)).toMatch(/^█+ (\d+) of \1, indexing$/)
  // Then the line is empty for what the command prints.
  expect(shown.at(-1)).toBe('')
})
