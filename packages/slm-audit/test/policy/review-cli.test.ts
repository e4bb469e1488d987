import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileJournal } from '@slm-audit/file'
import { createAuditLog, openReader } from 'slm-audit'
import { afterAll, expect, test, vi } from 'vitest'
import { cli } from '../run.ts'

const folder = mkdtempSync(join(tmpdir(), 'slm-audit-review-'))
const file = join(folder, 'audit.db')
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const policy = {
  rules: [
    { name: 'all', level: 'Request', review: { reason: 'people read first', waitSeconds: 60 } }
  ]
} as const

test('a person decides from the command line about a call of another process', async () => {
  const log = await createAuditLog({ file, policy })
  const model = vi.fn(async () => 'answer')
  const ask = (input: string) => log.record({ operation: 'chat', provider: 'mine', input }, model)
  const asked = ask('secret plans')
  await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
  const [review] = await log.reviews.list()
  const id = review?.id ?? ''
  // It is a line of a table, with the call that says what is to be sent.
  const listed = await cli('review', 'list', '-f', file)
  expect(listed).toMatchObject({ code: 0, error: '' })
  expect(listed.out).toMatch(
    new RegExp(`${id} +waits +all .* ${review?.auditId} +people read first`)
  )
  await log.flush()
  expect((await cli('show', review?.auditId ?? '', '-f', file)).out).toContain('secret plans')
  expect(model).not.toHaveBeenCalled()

  const approved = await cli('review', 'approve', id, '-f', file, '--as', 'ada', '--note', 'fine')
  expect(approved).toEqual({ code: 0, out: `${id} is approved by ada.`, error: '' })
  expect(await asked).toBe('answer')
  const again = await cli('review', 'reject', id, '-f', file)
  expect(again.code).toBe(2)
  expect(again.error).toContain(`${id} was approved by ada already`)
  expect((await cli('review', 'list', '--jsonl', '-f', file)).out).not.toContain(review?.salt ?? '')

  const second = ask('other plans')
  const refused = expect(second).rejects.toMatchObject({ code: 'denied', message: /bob rejected/ })
  await expect.poll(async () => (await log.reviews.list()).length).toBe(2)
  const other = (await log.reviews.list())[1]?.id ?? ''
  const rejected = await cli('review', 'reject', other, '-f', file, '--as', 'bob', '--json')
  expect(JSON.parse(rejected.out)).toEqual({ id: other, decision: 'rejected', by: 'bob' })
  await refused
  expect(model).toHaveBeenCalledTimes(1)
  await log.close()

  await using reader = await openReader(file)
  expect((await reader.verify()).flaw).toBeUndefined()
  // What the folder of reviews has is no prompt.
  expect(readdirSync(folder)).toContain('audit.db-reviews')
})

test('a list of reviews changes nothing beside the log, as on ground that is read-only', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'slm-audit-review-'))
  try {
    const file = join(folder, 'audit.db')
    const log = await createAuditLog({
      file,
      policy: { rules: [{ ...policy.rules[0], review: {} }] }
    })
    const asked = log.record({ operation: 'chat', provider: 'mine', input: 'plans' }, async () => 1)
    await expect(asked).rejects.toMatchObject({ code: 'review_needed' })
    await log.close()
    const before = standing(folder)
    const listed = await cli('review', 'list', '-f', file)
    expect(listed).toMatchObject({ code: 0, error: '' })
    expect(listed.out).toMatch(/^rv-[0-9a-f]{10} +waits/m)
    expect(standing(folder)).toEqual(before)
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

/** What a folder has but for what every reader of SQLite makes, and when each of it was changed last. */
function standing(folder: string) {
  const all = readdirSync(folder, { recursive: true, encoding: 'utf8' })
  const names = all.filter((name) => !/-(?:wal|shm)$/.test(name))
  return names.map((name) => [name, statSync(join(folder, name)).mtimeMs])
}

test('of a log in files a person decides from the command line, too, while its application runs', async () => {
  const directory = join(folder, 'log')
  const journal = await fileJournal({ directory })
  const log = await createAuditLog({ journal, policy })
  const asked = log.record({ operation: 'chat', provider: 'mine', input: 'Hi' }, async () => 'yes')
  await expect.poll(async () => (await log.reviews.list()).length).toBe(1)
  const [{ id = '' } = {}] = await log.reviews.list()
  const listed = await cli('review', 'list', '-f', directory)
  expect(listed).toMatchObject({ code: 0, error: '' })
  expect(listed.out).toMatch(new RegExp(`${id} +waits +all `))
  const approved = await cli('review', 'approve', id, '-f', directory, '--as', 'ada')
  expect(approved).toEqual({ code: 0, out: `${id} is approved by ada.`, error: '' })
  expect(await asked).toBe('yes')
  await log.close()
  const events = await cli('list', 'kind:review.decided', '-f', directory, '--json')
  expect(JSON.parse(events.out)).toHaveLength(1)
  expect((await cli('verify', '-f', directory)).code).toBe(0)
})

test('of a log in PostgreSQL the application decides, which is said', async () => {
  for (const words of [['list'], ['approve', 'rv-0123456789'], ['reject', 'rv-0123456789']]) {
    const { code, error } = await cli('review', ...words, '-f', 'postgres://localhost:1/audit')
    expect(code).toBe(2)
    expect(error).toContain('reviews of a log in PostgreSQL are decided by the application')
  }
})

test('there is no review, or no log', async () => {
  const unknown = await cli('review', 'approve', 'rv-0000000000', '-f', file)
  expect(unknown.code).toBe(2)
  expect(unknown.error).toContain('there is no review rv-0000000000')
  expect((await cli('review', 'list', '-f', join(folder, 'no.db'))).code).toBe(2)
})
