import { expireContents, openPostgresReader, reindexPostgres } from '@slm-audit/postgres'
import { collectingLog, recordTwoConversations } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { makeOld } from './make-old.ts'
import { TestServer } from './server.ts'
import { adminOf, freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

test('what is held stays when its month expires, and goes with it once that is released', async () => {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  const s = place.schema
  await makeOld(server, s)
  const said = { reason: 'claim 12', by: 'Ann' }
  await adminOf(place).hold({ incident: 'INC-7', scope: { user: 'bob' }, ...said })
  const expire = () => expireContents(place, { before: '2021-01', by: 'Ann', reason: 'a year' })
  const heldBack = { held: 4, incidents: ['INC-7'] }
  expect(await expire()).toMatchObject({ months: [], heldBack })
  expect(await expire()).toEqual({ months: [], contents: 0, heldBack })
  await using reader = await openPostgresReader(place)
  expect((await reader.search('bobwords')).items).toHaveLength(2)
  expect((await reader.search('alicewords')).items).toEqual([])
  await adminOf(place).release({ incident: 'INC-7', ...said })
  expect(await expire()).toMatchObject({ months: ['2020-01-01'] })
  expect((await reader.search('bobwords')).items).toEqual([])
  const report = await reader.verify()
  expect([report.flaw, report.unexplained]).toEqual([undefined, 0])
})

test('what a call said in a month that goes is not found by the month that it began in', async () => {
  const place = freshPlace(server)
  await recordTwoConversations(await openJournal(place))
  const s = place.schema
  await makeOld(server, s)
  const [{ idx = '' } = {}] = await server.query(
    `SELECT max(idx) AS idx FROM ${s}.records WHERE stage = 'complete' AND strpos(header, '"alice"') > 0`
  )
  const tables = ['contents', 'parts'].flatMap((table) => [`${table}_2020_01`, `${table}_2020_02`])
  const triggers = (what: string) =>
    ['records', ...tables]
      .map((table) => `ALTER TABLE ${s}.${table} ${what} TRIGGER USER;`)
      .join('')
  await server.query(`SELECT ${s}.make_partitions('2020-02-01'); ${triggers('DISABLE')}
    UPDATE ${s}.records SET month = '2020-02-01' WHERE idx = ${idx};
    UPDATE ${s}.contents SET month = '2020-02-01' WHERE idx = ${idx};
    UPDATE ${s}.parts SET month = '2020-02-01' WHERE id >> 20 = ${idx};
    ${triggers('ENABLE')}`)
  await reindexPostgres(place)
  const indexed = async () => {
    const [row] = await server.query(
      `SELECT (SELECT count(*) FROM ${s}.texts WHERE body LIKE '%alicewords again%') AS texts,
        (SELECT count(*) FROM ${s}.calls WHERE answer LIKE '%alicewords again%') AS answers`
    )
    return row
  }
  expect(await indexed()).toEqual({ texts: '1', answers: '1' })
  // It keeps the tables of the first month.
  await adminOf(place).hold({ incident: 'INC-7', scope: { user: 'bob' }, reason: 'claim 12' })
  const expired = { before: '2021-01', by: 'Ann', reason: 'a year' }
  expect(await expireContents(place, expired)).toMatchObject({ months: ['2020-02-01'] })
  expect(await indexed()).toEqual({ texts: '0', answers: '0' })
  await using reader = await openPostgresReader(place)
  const report = await reader.verify()
  expect([report.flaw, report.unexplained]).toEqual([undefined, 0])
})

test('contents of old months go with their partitions, and the log verifies on', async () => {
  const place = freshPlace(server)
  const { log, journal } = collectingLog(await openJournal(place))
  const request = {
    operation: 'chat',
    provider: 'test',
    input: { messages: [{ role: 'user', content: 'old words' }] }
  }
  const call = log.open(request)
  call.complete({ output: 'old answer' })
  log.annotate(call, { feedback: 'it was kept' })
  await log.close()
  await journal[Symbol.asyncDispose]()
  const s = place.schema
  await makeOld(server, s)

  await using reader = await openPostgresReader(place)
  expect((await reader.verify()).flaw).toBeUndefined()
  expect((await reader.search('old')).items).toHaveLength(1)
  const done = await expireContents(place, {
    before: '2021-01',
    by: 'Ann',
    reason: 'kept for a year'
  })
  expect(done).toEqual({ months: ['2020-01-01'], contents: 2 })
  // The index goes on behind what has expired, and may be made anew; that makes no place for it again.
  const reached = async () => (await server.query(`SELECT reached FROM ${s}.index_state`))[0]
  const next = collectingLog(await openJournal(place))
  await expect.poll(reached, { timeout: 20_000 }).toEqual({ reached: '5' })
  expect(next.problems).toEqual([])
  await next.log.close()
  await next.journal[Symbol.asyncDispose]()
  expect(await reindexPostgres(place)).toBe(5)
  const again = await expireContents(place, { before: '2021-01', by: 'Ann', reason: 'again' })
  expect(again).toEqual({ months: [], contents: 0 })

  const report = await reader.verify()
  expect([report.flaw, report.absentContents, report.unexplained]).toEqual([undefined, 2, 0])
  expect((await reader.search('old')).items).toEqual([])
  const found = await reader.get(call.auditId)
  expect(found?.absent?.map(({ name }) => name).sort()).toEqual(['input', 'output'])
  expect(found?.annotations?.[0]?.says).toEqual({ feedback: 'it was kept' })
  await using later = await openJournal(place)
  expect(await later.size()).toBe(report.size)
  await expect(expireContents(place, { before: 'x', by: '', reason: '' })).rejects.toMatchObject({
    code: 'bad_option'
  })
})
