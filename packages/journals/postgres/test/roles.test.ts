import { openPostgresReader, rolesSql } from '@slm-audit/postgres'
import { pendingRecords } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

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
