import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { type AuditError, CONTENTS_ERASED, parseRecord } from '@slm-audit/core/journal'
import { openPostgresAdmin, openPostgresReader, reindexPostgres } from '@slm-audit/postgres'
import {
  collectingExporter,
  collectingLog,
  recordTurn,
  recordTwoConversations
} from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { CuttingProxy } from './cutting-proxy.ts'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

// What the server does by itself must not take away what an erasure leaves.
const server = await TestServer.start(['autovacuum=off'])
afterAll(() => server[Symbol.asyncDispose]())

type Place = ReturnType<typeof freshPlace>
const SAID = { reason: 'asked for', by: 'the officer' }

async function written(): Promise<Place> {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  return place
}

async function isIndexed({ schema: s }: Place): Promise<boolean> {
  const [row] = await server.query(
    `SELECT (SELECT reached FROM ${s}.index_state) > (SELECT max(idx) FROM ${s}.records) AS is_indexed`
  )
  return row?.is_indexed === true
}

/** Calls whose words are found, and whether all that is gone is explained. */
async function stateOf(place: Place) {
  await using reader = await openPostgresReader(place)
  const { flaw, unexplained } = await reader.verify()
  return {
    found: (await reader.search('alicewords')).items.length,
    flaw,
    unexplained
  }
}

test('an erasure that is cut at any message is done or has not begun, and finishes when it is asked for again', async () => {
  await using proxy = new CuttingProxy(server.port)
  const port = await proxy.listen()
  const place = await written()
  const cut = { ...place, url: `postgres://audit@127.0.0.1:${port}/postgres` }
  let isDone = false
  for (let message = 0; !isDone; message++) {
    for (const isBehind of [false, true]) {
      proxy.cutAfter(message, isBehind)
      await adminOf(cut)
        .erase({ scope: { user: 'alice' }, ...SAID })
        .then(
          () => {
            isDone = true
          },
          (error: AuditError) => expect(error.code).toMatch(/^journal_/)
        )
      const { found, ...state } = await stateOf(place)
      expect(state, `${message}`).toEqual({ flaw: undefined, unexplained: 0 })
      expect([0, 2]).toContain(found)
    }
  }
  expect(await stateOf(place)).toMatchObject({ found: 0 })
  const { rows } = await erasuresOf(place)
  expect(rows).toHaveLength(1)
}, 120_000)

async function erasuresOf({ schema }: Place) {
  const rows = await server.query(
    `SELECT header FROM ${schema}.records WHERE strpos(header, '"kind":"${CONTENTS_ERASED}"') > 0`
  )
  return { rows }
}

test('no file of the tables holds the bytes once the owner did what is left to do', async () => {
  const place = await written()
  const { log, journal } = collectingLog(await openJournal(place))
  await expect.poll(() => isIndexed(place), { timeout: 20_000 }).toBe(true)
  await log.close()
  await journal[Symbol.asyncDispose]()
  await server.query('CHECKPOINT')
  expect(await filesWith(place, 'alicewords')).not.toEqual([])
  const { leftToDo = [] } = await adminOf(place).erase({ scope: { user: 'alice' }, ...SAID })
  const [statement = ''] = /VACUUM FULL .*$/.exec(leftToDo[0] ?? '') ?? []
  await server.query(statement)
  await server.query('CHECKPOINT')
  expect(await filesWith(place, 'alicewords')).toEqual([])
  expect(await filesWith(place, 'bobwords')).not.toEqual([])
  expect(leftToDo.join()).toMatch(/write-ahead log of the server/)
})

/** The tables and indexes of a log whose files hold a text. */
async function filesWith({ schema }: Place, text: string): Promise<string[]> {
  const rows = await server.query(
    `SELECT relname, pg_relation_filepath(c.oid) AS path FROM pg_class AS c
      WHERE pg_relation_filepath(c.oid) IS NOT NULL AND (relnamespace = '${schema}'::regnamespace
        OR c.oid IN (SELECT reltoastrelid FROM pg_class WHERE relnamespace = '${schema}'::regnamespace))`
  )
  const holds = ({ path }: (typeof rows)[number]) =>
    readFileSync(join(server.folder, 'data', String(path))).includes(text)
  return rows.filter(holds).map(({ relname }) => String(relname))
}

test('exporters are named, and given the record; what the index did not have yet is not found either', async () => {
  const place = freshPlace(server)
  const exporter = collectingExporter('webhook')
  const { log, journal } = collectingLog(await openJournal(place), { exporters: [exporter] })
  await log.withContext({ user: 'alice', session: 'a-1' }, () =>
    recordTurn(log, [{ role: 'user', content: 'alicewords' }], 'yes')
  )
  await log.flush()
  const erase = (dryRun: boolean) =>
    adminOf(place).erase({ scope: { user: 'alice' }, ...SAID, dryRun })
  await expect.poll(async () => (await erase(true)).exporters).toEqual(['webhook'])
  expect(await erase(false)).toMatchObject({ calls: 1, exporters: ['webhook'] })
  const kinds = () => exporter.records.map((sealed) => parseRecord(sealed).kind)
  await expect.poll(kinds, { timeout: 20_000 }).toContain(CONTENTS_ERASED)
  await reindexPostgres(place)
  expect(await stateOf(place)).toEqual({ found: 0, flaw: undefined, unexplained: 0 })
  await log.close()
  await journal[Symbol.asyncDispose]()
})

test('a log that was put back, another key, and a log that is not there are told', async () => {
  const place = await written()
  const other = freshPlace(server)
  await recordTwoConversations(await openJournal(other))
  const keys = { ...place, folder: other.folder }
  const erased = adminOf(keys).erase({ scope: { user: 'alice' }, ...SAID })
  await expect(erased).rejects.toMatchObject({ code: 'bad_key' })
  expect(await stateOf(place)).toMatchObject({ found: 2 })
  // Without the key the application signs when it signs next, and finds nothing that nobody explains.
  await openPostgresAdmin(place).erase({ scope: { user: 'alice' }, ...SAID })
  const { problems, log, journal } = collectingLog(await openJournal(place))
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  await using reader = await openPostgresReader(place)
  expect(await reader.verify()).toMatchObject({ unsigned: 0, signedLate: [] })
  const none = openPostgresAdmin(freshPlace(server)).holds()
  await expect(none).rejects.toMatchObject({ code: 'journal_unavailable' })
})
