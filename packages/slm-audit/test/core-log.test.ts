import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, test } from 'vitest'

const run = promisify(execFile)
const folder = mkdtempSync(join(tmpdir(), 'slm-audit-core-log-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const JOURNALS = {
  sqlite: `(await import('@slm-audit/sqlite')).sqliteJournal({ file: '${folder}/audit.db' })`,
  file: `(await import('@slm-audit/file')).fileJournal({ directory: '${folder}/log' })`
}
const RECORD = `
const { createAuditLog } = await import('@slm-audit/core')
const log = createAuditLog({ journal })
const request = { operation: 'chat', provider: 'test', input: 'hi' }
await log.record(request, async () => 'ho')
`
/** A journal alone does not keep its process alive. */
const PRINT = `
const alive = setInterval(() => undefined, 1000)
for await (const { header } of journal.read()) console.log(header)
await journal[Symbol.asyncDispose]()
clearInterval(alive)
`

/** Runs code over a journal, in a process of its own that may just end. */
async function program(journal: string, code: string): Promise<string> {
  const text = `const journal = await ${journal}\n${code}`
  const where = { cwd: import.meta.dirname, timeout: 120_000 }
  const { stdout } = await run(process.execPath, ['--input-type=module', '-e', text], where)
  return stdout
}

describe.each(Object.entries(JOURNALS))("core's own createAuditLog over %s", (_, journal) => {
  test('stores calls and closes', async () => {
    const closed = await program(journal, `${RECORD}await log.close()\nconsole.log('closed')`)
    expect(closed).toBe('closed\n')
    expect(await program(journal, PRINT)).toContain('"stage":"complete"')
  })

  test('loses no call of a program that just ends', async () => {
    const before = await program(journal, PRINT)
    await program(journal, RECORD)
    const after = await program(journal, PRINT)
    expect(after.split('"stage":"complete"')).toHaveLength(
      before.split('"stage":"complete"').length + 1
    )
  })

  test('carries context through asynchronous code', async () => {
    const inContext = `await log.withContext({ session: 'S-1' }, async () => {
      await null
      await log.record(request, async () => 'ho')
    })`
    await program(journal, `${RECORD}${inContext}\nawait log.close()`)
    expect(await program(journal, PRINT)).toContain('"session":"S-1"')
  })
})
