import { parseRecord } from '@slm-audit/core/journal'
import {
  openPostgresAdmin,
  openPostgresLog,
  openPostgresReader,
  rolesSql
} from '@slm-audit/postgres'
import { collectingLog, pendingRecords, recordTwoConversations } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

const SAID = { reason: 'asked for', by: 'the officer' }
let roles = 0

/** A log with a user of the server for each role. */
async function withRoles(more: Parameters<typeof openJournal>[1] = {}) {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place, more))
  await server.query(rolesSql(place.schema))
  const number = ++roles
  const login = (role: string) => `as_${role}_${number}`
  for (const role of ['writer', 'reader', 'indexer', 'admin']) {
    await server.query(
      `CREATE ROLE ${login(role)} LOGIN; GRANT ${place.schema}_${role} TO ${login(role)}`
    )
  }
  const as = (role: string) => ({
    ...place,
    url: server.url.replace('audit@', `${login(role)}@`)
  })
  return { place, as, login }
}

test('an admin erases, holds and releases; a writer, a reader and an indexer can do none of it', async () => {
  const { place, as } = await withRoles()
  const admin = openPostgresAdmin(as('admin'))
  const refused = { code: 'journal_failed', message: /permission denied/ }
  for (const role of ['writer', 'reader', 'indexer']) {
    const other = openPostgresAdmin(as(role))
    const erased = other.erase({ scope: { user: 'alice' }, ...SAID })
    await expect(erased, role).rejects.toMatchObject(refused)
    if (role === 'writer') continue
    const held = other.hold({ incident: 'INC-1', scope: { user: 'alice' }, ...SAID })
    await expect(held, role).rejects.toMatchObject(refused)
  }
  await using reader = await openPostgresReader(as('reader'))
  expect((await reader.search('alicewords')).items).toHaveLength(2)
  await admin.hold({ incident: 'INC-1', scope: { user: 'bob' }, ...SAID })
  expect(await openPostgresAdmin(as('reader')).holds()).toHaveLength(1)
  const rehearsed = openPostgresAdmin(as('reader')).erase({
    ...{ scope: { user: 'alice' }, ...SAID, dryRun: true }
  })
  expect(await rehearsed).toMatchObject({ calls: 2 })
  expect(await admin.erase({ scope: { tenant: 'nord' }, ...SAID })).toMatchObject({
    ...{ calls: 2, held: 4, incidents: ['INC-1'] }
  })
  expect((await reader.search('alicewords')).items).toEqual([])
  expect(await admin.release({ incident: 'INC-1', ...SAID })).toBe(1)
  // The application signs what an admin without the key added.
  const { log, journal, problems } = collectingLog(await openJournal(place))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ unsigned: 0, unexplained: 0, signedLate: [] })
})

test('a log that records who reads it does so for each reader, before anything is given', async () => {
  const { place, as, login } = await withRoles({ readAudit: true })
  const access = { by: 'ann', reason: 'ticket 9', contents: 'masked' } as const
  await using reader = await openPostgresReader({ ...as('reader'), access })
  // A reader who may not append leaves no record, and so is given nothing.
  await expect(reader.query({})).rejects.toMatchObject({
    code: 'journal_unavailable',
    message: /roles of a reader and of a writer/
  })
  await server.query(`GRANT ${place.schema}_writer TO ${login('reader')}`)
  const [call] = (await reader.query({ user: 'alice' })).items
  const [shown, searched] = await Promise.all([
    reader.get(call?.auditId ?? ''),
    reader.search('alicewords')
  ])
  expect(shown?.contents).toMatchObject({ output: expect.anything() })
  expect(searched.items).toHaveLength(2)
  await reader.verify()
  await reader.prove(call?.auditId ?? '')
  const masked = await openPostgresLog({ ...as('reader'), access })
  await expect(masked.recordsOf(call?.auditId ?? '')).rejects.toMatchObject({ code: 'denied' })
  await masked[Symbol.asyncDispose]()
  await using log = await openPostgresLog({ ...as('reader'), access: { by: 'ben' } })
  const records = []
  for await (const sealed of log.records()) records.push(parseRecord(sealed))
  const later = await openPostgresLog({ ...as('reader'), ownWordsOnly: true })
  const own = []
  for await (const sealed of later.records()) own.push(sealed)
  await later[Symbol.asyncDispose]()
  const seen = own.filter(({ header }) => header.includes('"kind":"access"'))
  expect(seen.map((sealed) => parseRecord(sealed).event)).toMatchObject([
    ...[
      { action: 'list', view: 'masked', calls: 2 },
      { action: 'show', view: 'masked' }
    ],
    ...[{ action: 'verify' }, { action: 'prove', view: 'masked' }],
    ...[
      { action: 'export', view: 'whole' },
      { action: 'export', view: 'none' }
    ]
  ])
  expect(records.filter(({ kind }) => kind === 'access.audited')).toHaveLength(1)
  expect(seen.map(({ header }) => header).join()).not.toMatch(/ticket 9/)
  const texts = own.flatMap(({ contents }) => contents.flatMap(({ body }) => body ?? []))
  const said = texts.map((body) => new TextDecoder().decode(body)).join()
  expect(said).toMatch(/ticket 9/)
  expect(said).not.toMatch(/alicewords answered/)
  // What readers added without a key is signed by the application, and is no end that nobody explains.
  const after = collectingLog(await openJournal(place))
  await after.log.close()
  await after.journal[Symbol.asyncDispose]()
  expect(after.problems).toEqual([])
  await using whole = await openPostgresReader(place)
  const report = await whole.verify()
  expect(report.flaw).toBeUndefined()
  expect(report.signedLate).toEqual([])
})

test('a schema that is a word of SQL is refused by its name', () => {
  for (const word of ['order', 'user', 'full']) {
    expect(() => rolesSql(word)).toThrow(`as ${word} is; name another, such as ${word}_log`)
  }
  expect(rolesSql('orders')).toContain('orders_writer')
})

test('a writer appends and reads no text, a reader changes nothing, an admin erases and no more', async () => {
  const place = freshPlace(server)
  const s = place.schema
  await (await openJournal(place))[Symbol.asyncDispose]()
  // Twice, as an owner who adds a role later does.
  for (const _ of [1, 2]) await server.query(rolesSql(s))
  for (const role of ['writer', 'reader', 'indexer', 'admin']) {
    await server.query(`CREATE ROLE login_${role} LOGIN; GRANT ${s}_${role} TO login_${role}`)
  }
  const as = (role: string) => ({ ...place, url: server.url.replace('audit@', `login_${role}@`) })
  const run = (role: string, sql: string) =>
    server.query(`SET ROLE login_${role}; ${sql}; RESET ROLE`)

  const journal = await openJournal(as('writer'))
  await journal.append(await pendingRecords(['secret words']))
  await journal[Symbol.asyncDispose]()

  const forbidden = {
    writer: ['SELECT body FROM contents', 'SELECT header FROM records', 'SELECT body FROM texts'],
    reader: [
      "INSERT INTO writers VALUES ('x')",
      'UPDATE calls SET model = NULL',
      'DELETE FROM tiles'
    ],
    indexer: ['UPDATE contents SET body = NULL', 'DELETE FROM records'],
    admin: ["UPDATE records SET header = ''", 'DELETE FROM contents', 'DROP TABLE records']
  }
  for (const [role, statements] of Object.entries(forbidden)) {
    for (const sql of statements) {
      const named = sql.replace(/(FROM|INTO|UPDATE|TABLE) /, `$1 ${s}.`)
      await expect(run(role, named), `${role}: ${sql}`).rejects.toThrow(
        /permission denied|must be owner/
      )
    }
  }
  await using reader = await openPostgresReader(as('reader'))
  expect((await reader.search('secret')).items).toHaveLength(1)
  expect((await reader.verify()).flaw).toBeUndefined()
  await run('admin', `UPDATE ${s}.contents SET body = NULL, salt = '' WHERE idx = 1`)
  // What somebody takes out without a record of it is found.
  expect((await reader.verify()).flaw).toMatchObject({ index: 1, kind: 'content missing' })
})
