import { execFile } from 'node:child_process'
import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { createAuditLog, memoryJournal } from 'slm-audit'
import { describe, expect, test } from 'vitest'

const program = fileURLToPath(new URL('program.ts', import.meta.url))
const run = promisify(execFile)
const newFile = () => join(mkdtempSync(join(tmpdir(), 'slm-audit-console-')), 'audit.db')
const lines = (text: string) => text.trimEnd().split('\n')

describe('the option console', () => {
  test('pretty writes a line for each call that ended, on standard error', async () => {
    const file = newFile()
    // What an earlier process recorded is not told again.
    await run(process.execPath, [program, file, 'json'])
    const { stdout, stderr } = await run(process.execPath, [program, file, 'pretty'])
    expect(stdout).toBe('done\n')
    expect(lines(stderr)).toEqual([
      expect.stringMatching(
        /^ +\d+ {2}\d\d:\d\d:\d\d {2}✓ u-7 +qwen3:4b +Where is my refund\? → On its way\. +[\d.]+ ms$/
      ),
      expect.stringMatching(/✕ u-7 +qwen3:4b +And \\u001b\[2Jthis\? → RateLimitError, too many/),
      expect.stringMatching(/✓ +⌂ lookupOrder +\{"order":4711\} → \{"status":"ok"\}/)
    ])
  })

  test('json writes what list --json prints of a call', async () => {
    const { stderr } = await run(process.execPath, [program, newFile(), 'json'])
    expect(lines(stderr).map((line) => JSON.parse(line))).toMatchObject([
      { kind: 'call', stage: 'complete', user: 'u-7', model: 'qwen3:4b', answer: 'On its way.' },
      { kind: 'call', stage: 'error', errorType: 'RateLimitError' },
      { kind: 'tool', tool: 'lookupOrder' }
    ])
  })

  test('an application whose standard error is closed runs as before', async () => {
    const command = `${process.execPath} ${program} ${newFile()} pretty 2>&-`
    expect((await run('sh', ['-c', command])).stdout).toBe('done\n')
  })

  test('it goes with any journal, and another word is refused', async () => {
    await (await createAuditLog({ journal: memoryJournal(), console: 'json' })).close()
    await expect(createAuditLog({ file: newFile(), console: 'loud' as 'json' })).rejects.toThrow(
      'console must be pretty or json'
    )
  })
})
