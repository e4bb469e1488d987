import { execFile } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createAuditLog, openReader, type PolicyDocument } from 'slm-audit'
import { afterAll, describe, expect, test } from 'vitest'
import { ALL_CANARIES } from '../../../testing/src/fixtures/canaries.ts'

const run = promisify(execFile)
const root = mkdtempSync(join(tmpdir(), 'slm-audit-redaction-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

const policy = {
  rules: [
    {
      level: 'RequestResponse',
      redact: [
        { detectors: 'email', operator: 'pseudonym' },
        { detectors: ['secrets', 'personal'], operator: 'remove' }
      ]
    }
  ]
} as const satisfies PolicyDocument

/** All files below a folder. */
function filesIn(folder: string): string[] {
  const names = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  return names.map((name) => join(folder, name)).filter((path) => statSync(path).isFile())
}

/** Canaries that stand in some file, in any form that they were given in. */
function leaked(folder: string): string[] {
  const all = Buffer.concat(filesIn(folder).map((path) => readFileSync(path)))
  const forms = (value: string) => [
    value,
    JSON.stringify(value).slice(1, -1),
    encodeURIComponent(value)
  ]
  return ALL_CANARIES.filter(({ value }) => forms(value).some((form) => all.includes(form))).map(
    ({ detector }) => detector
  )
}

const PROGRAM = `
const { createAuditLog } = await import('slm-audit')
const journal = __JOURNAL__
const log = await createAuditLog({ ...(journal ? { journal } : { file: process.argv[1] + '/audit.db' }), policy: ${JSON.stringify(policy)} })
const texts = ${JSON.stringify(ALL_CANARIES.map(({ text }) => text))}
for (const text of texts) {
  const request = { operation: 'chat', provider: 'test', input: [{ content: text }], settings: { stop: text } }
  await log.withContext({ tags: { text } }, () => log.record(request, async () => ({ text })))
  await log.record(request, () => Promise.reject(new Error(text))).catch(() => undefined)
  log.open(request).cancel('signal', { output: text })
  log.annotate(log.open(request).auditId, { comment: text })
}
__LAST__
`
const JOURNALS = {
  sqlite: 'undefined',
  file: `(await import('@slm-audit/file')).fileJournal({ directory: process.argv[1] + '/log' })`.replace(
    '(await',
    'await (await'
  )
}
const ENDS = { closes: 'await log.close()', 'is killed': `process.kill(process.pid, 'SIGKILL')` }

describe.each(Object.entries(JOURNALS))('in %s', (name, journal) => {
  test.each(Object.entries(ENDS))(
    'no canary stands in any file when the process %s, nor when the log is opened again',
    async (end, code) => {
      const folder = mkdtempSync(join(root, 'log-'))
      const program = PROGRAM.replace('__JOURNAL__', journal).replace('__LAST__', code)
      const where = { cwd: import.meta.dirname, timeout: 120_000 }
      const ran = run(process.execPath, ['--input-type=module', '-e', program, folder], where)
      if (end === 'closes') expect((await ran).stderr).toBe('')
      else await expect(ran).rejects.toMatchObject({ signal: 'SIGKILL' })
      expect(leaked(folder)).toEqual([])
      const again = PROGRAM.replace('__JOURNAL__', journal)
        .replace(/const texts = .*/, 'const texts = []')
        .replace('__LAST__', 'await log.close()')
      await run(process.execPath, ['--input-type=module', '-e', again, folder], where)
      expect(leaked(folder)).toEqual([])
      const stored = Buffer.concat(filesIn(folder).map((path) => readFileSync(path)))
      if (name === 'sqlite') expect(stored.includes('Please note')).toBe(true)
    }
  )
})

test('a pseudonym stays the same when the log is opened again, and is found by search', async () => {
  const file = join(mkdtempSync(join(root, 'log-')), 'audit.db')
  for (const input of ['Write to ada@example.org now', 'Did Ada@Example.org answer?']) {
    const log = await createAuditLog({ file, policy })
    await log.record({ operation: 'chat', provider: 'test', input }, async () => 'yes')
    await log.close()
  }
  await using reader = await openReader(file)
  const { items } = await reader.query({})
  const calls = await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
  const found = calls.map((call) => /⟨email-[0-9a-f]{8}⟩/.exec(String(call?.contents.input))?.[0])
  expect(found).toEqual([expect.any(String), found[0]])
  const page = await reader.search(found[0]?.slice(1, -1) ?? '', {})
  expect(page.items).toHaveLength(2)
  expect((await reader.search('ada@example.org', {})).items).toEqual([])
})
