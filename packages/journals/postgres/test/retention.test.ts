import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeTileTree } from '@slm-audit/core/node'
import {
  copyIntoPostgres,
  openPostgresAdmin,
  openPostgresLog,
  openPostgresReader,
  reindexPostgres,
  rolesSql
} from '@slm-audit/postgres'
import { collectingLog, recordTwoConversations } from '@slm-audit/testing'
import { testRetention } from '@slm-audit/testing/conformance'
import { afterAll, expect, test } from 'vitest'
import { run } from '../../../verify/src/run.ts'
import { Connection } from '../src/connection/connection.ts'
import { checkPlace } from '../src/connection/connection-options.ts'
import { emptyIndex, indexStep } from '../src/index/indexer.ts'
import { makeOld } from './make-old.ts'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
const opened: AsyncDisposable[] = []
afterAll(async () => {
  for (const journal of opened) await journal[Symbol.asyncDispose]()
  await server[Symbol.asyncDispose]()
})

testRetention({
  name: 'PostgreSQL',
  async open(policy) {
    const place = freshPlace(server)
    const { log, problems, journal } = collectingLog(await openJournal(place), { policy })
    opened.push(journal)
    return {
      ...{ log, problems, admin: openPostgresAdmin(place) },
      reader: () => openPostgresReader(place),
      records: async function* () {
        await using sealed = await openPostgresLog(place)
        yield* sealed.records()
      }
    }
  }
})

const policy = {
  retention: { default: 'short', classes: { short: { contents: 'P1M', headers: 'P9Y' } } },
  rules: [{ level: 'RequestResponse' as const }]
}

test('months of which all contents are due lose their tables, but for what is held', async () => {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  await makeOld(server, place.schema)
  const now = new Date(Date.now() + 40 * 86_400_000)
  const said = { reason: 'claim 12', by: 'Ann' }
  const admin = adminOf(place)
  await admin.hold({ incident: 'INC-7', scope: { user: 'bob' }, ...said })
  const tables = async () => {
    const [row] = await server.query(
      `SELECT to_regclass('${place.schema}.contents_2020_01') IS NOT NULL AS is_there`
    )
    return row?.is_there
  }
  await expect(admin.plan({ now })).rejects.toMatchObject({ code: 'bad_policy' })
  const planned = await admin.plan({ policy, now })
  expect(planned).toMatchObject({ expired: { records: 4 }, held: 4, incidents: ['INC-7'] })
  expect(await admin.retain({ policy, now })).toEqual(planned)
  await using reader = await openPostgresReader(place)
  expect((await reader.search('alicewords')).items).toEqual([])
  expect((await reader.search('bobwords')).items).toHaveLength(2)
  expect(await tables()).toBe(true)
  await admin.release({ incident: 'INC-7', ...said })
  expect(await admin.retain({ policy, now })).toMatchObject({ expired: { records: 4 }, held: 0 })
  expect(await tables()).toBe(false)
  expect((await reader.search('bobwords')).items).toEqual([])
  const { items } = await reader.query({})
  expect(items.filter(({ kind }) => kind === 'call')).toHaveLength(4)
  expect(await reader.verify()).toMatchObject({ unexplained: 0, unsigned: 0, absentContents: 8 })
  expect((await reader.verify()).flaw).toBeUndefined()
})

test('what many records of a month share is counted once where its tables are dropped', async () => {
  const place = freshPlace(server)
  const { log, journal } = collectingLog(await openJournal(place))
  const system = { role: 'system', content: 'rules '.repeat(100) }
  await log.withContext({ session: 's-1' }, async () => {
    for (let call = 0; call < 260; call++) {
      const input = { messages: [system, { role: 'user', content: `question ${call}` }] }
      await log.record({ operation: 'chat', provider: 'test', input }, async () => 'an answer')
    }
  })
  await log.close()
  await journal[Symbol.asyncDispose]()
  await makeOld(server, place.schema)
  const now = new Date(Date.now() + 40 * 86_400_000)
  const planned = await adminOf(place).plan({ policy, now })
  expect(planned).toMatchObject({ expired: { records: 520 } })
  expect(await adminOf(place).retain({ policy, now })).toEqual(planned)
  const [row] = await server.query(
    `SELECT to_regclass('${place.schema}.contents_2020_01') AS dropped`
  )
  expect(row?.dropped).toBe(null)
})

test('an admin who is not the owner lets contents expire, and is told of whole records; a writer does neither', async () => {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  const s = place.schema
  await server.query(`${rolesSql(s)}; CREATE ROLE retains LOGIN; GRANT ${s}_admin TO retains;
    CREATE ROLE writes LOGIN; GRANT ${s}_writer TO writes`)
  const as = (role: string) => ({ ...place, url: server.url.replace('audit@', `${role}@`) })
  const now = new Date(Date.now() + 40 * 86_400_000)
  const refused = openPostgresAdmin(as('writes')).retain({ policy, now })
  await expect(refused).rejects.toMatchObject({ code: 'journal_failed' })
  const done = await openPostgresAdmin(as('retains')).retain({ policy, now })
  expect(done).toMatchObject({ expired: { records: 8 }, pruned: { records: 0 } })
  await using reader = await openPostgresReader(place)
  expect(await reader.verify()).toMatchObject({ unexplained: 0 })
  expect((await reader.search('words')).items).toEqual([])
})

const days = {
  retention: { default: 'none', classes: { none: { contents: 'P0D', headers: 'P0D' } } }
}

test('of calls that went as a whole no value is left, however long it is', async () => {
  const place = freshPlace(server)
  const { log, journal } = collectingLog(await openJournal(place))
  const messages = [{ role: 'user', content: 'words' }]
  const request = { operation: 'chat', provider: 'test', input: { messages } }
  for (let call = 0; call < 140; call++) {
    const tags = { plain: call < 9 ? `long ${'é'.repeat(300)}` : 'short' }
    await log.withContext({ tags }, () => log.record(request, async () => 'an answer'))
  }
  await log.close()
  await journal[Symbol.asyncDispose]()
  await reindexPostgres(place)
  const values = async () => {
    await using reader = await openPostgresReader(place)
    const found = await reader.facets('tag', { tag: 'plain' })
    const sql = `SELECT count(*) AS stored FROM ${place.schema}.facets WHERE value LIKE '%long é%'`
    const [row] = await server.query(sql)
    return [found.map(({ value }) => value.slice(0, 12)).sort(), row?.stored]
  }
  expect(await values()).toEqual([['long ééééééé', 'short'], '1'])
  const now = new Date(Date.now() + 86_400_000)
  const retained = await adminOf(place).retain({ policy: { ...policy, ...days }, now })
  expect(retained).toMatchObject({ pruned: { tiles: 1 } })
  expect(await values()).toEqual([['short'], '0'])
  const [left] = await server.query(
    `SELECT (SELECT count(*) FROM ${place.schema}.contents WHERE idx BETWEEN 1 AND 255) AS contents,
      (SELECT count(*) FROM ${place.schema}.parts WHERE id / 1048576 BETWEEN 1 AND 255) AS parts`
  )
  expect(left).toEqual({ contents: '0', parts: '0' })
  await using rest = await openPostgresLog(place)
  await expect(copyIntoPostgres(freshPlace(server), rest)).rejects.toMatchObject({
    code: 'bad_record',
    message: expect.stringMatching(/^records 1 to 255 are not in that log any more/)
  })
})

test('a call whose beginning went before its end was indexed is listed once', async () => {
  const place = freshPlace(server)
  const { log, journal } = collectingLog(await openJournal(place))
  const { promise, resolve } = Promise.withResolvers<string>()
  const request = { operation: 'chat', provider: 'test', input: 'words' }
  const calls = Array.from({ length: 300 }, () => log.record(request, () => promise))
  await log.flush()
  resolve('an answer')
  await Promise.all(calls)
  await log.close()
  await journal[Symbol.asyncDispose]()
  const connection = await Connection.open(checkPlace({ url: server.url, schema: place.schema }))
  await emptyIndex(connection)
  expect(await indexStep(connection)).toMatchObject({ reached: 256 })
  const now = new Date(Date.now() + 86_400_000)
  const retained = await adminOf(place).retain({ policy: { ...policy, ...days }, now })
  expect(retained).toMatchObject({ pruned: { tiles: 2 } })
  while (!(await indexStep(connection)).isAtEnd);
  await connection.close()
  await using reader = await openPostgresReader(place)
  const { items } = await reader.query({}, { limit: 500 })
  const listed = items.filter(({ kind }) => kind === 'call').map(({ auditId }) => auditId)
  const [row] = await server.query(
    `SELECT count(DISTINCT audit_id) AS calls FROM ${place.schema}.records WHERE stage = 'complete'`
  )
  expect([listed.length, new Set(listed).size]).toEqual([Number(row?.calls), listed.length])
})

test('an application takes out what is due beside its calls, by schedule, and exports the rest', async () => {
  const place = freshPlace(server)
  const open = async (more = {}) =>
    collectingLog(await openJournal(place, more), { policy: { ...policy, ...days } })
  // The policy is in the log before it is asked for.
  const first = await open()
  await first.log.close()
  await first.journal[Symbol.asyncDispose]()
  const { log, journal, problems } = await open({ retention: { everyHours: 0.0003 } })
  const request = { operation: 'chat', provider: 'test', input: 'words of the day' }
  for (let call = 0; call < 200; call++) await log.record(request, async () => 'an answer')
  await log.flush()
  await using reader = await openPostgresReader(place)
  const left = async () => (await reader.verify()).pruned
  await expect.poll(left, { timeout: 60_000, interval: 500 }).toBeGreaterThan(200)
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  const report = await reader.verify()
  expect(report.flaw).toBeUndefined()
  expect(report).toMatchObject({ unexplained: 0, unsigned: 0, strays: 0 })
  expect((await reader.stats({})).rows.reduce((sum, { calls }) => sum + calls, 0)).toBeLessThan(100)
  const folder = join(place.folder, 'tiles')
  await using sealed = await openPostgresLog(place)
  expect(await writeTileTree(sealed, folder)).toBe(report.size)
  const policyFile = join(place.folder, 'policy')
  writeFileSync(policyFile, `log ${(await reader.keys())[0]}\nquorum none\n`)
  const checked = run(['tiles', folder, '--policy', policyFile])
  expect(checked).toMatchObject({ exitCode: 0, text: expect.stringMatching(/VERIFIED/) })
})
