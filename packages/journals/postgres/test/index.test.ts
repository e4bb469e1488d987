import { openPostgresReader, reindexPostgres } from '@slm-audit/postgres'
import { collectingLog } from '@slm-audit/testing'
import { afterAll, expect, test } from 'vitest'
import { TestServer } from './server.ts'
import { freshPlace, openJournal } from './support.ts'

const server = await TestServer.start()
afterAll(() => server[Symbol.asyncDispose]())

/** Texts that do not compress, in which each character has four bytes. */
const long = (seed: number) =>
  Array.from({ length: 3_000 }, (_, at) =>
    String.fromCodePoint(0x10000 + ((at * at * 2_654_435 + seed) % 60_000))
  ).join('')

test('values that a text, a jsonb or an index of PostgreSQL does not take are indexed, listed and counted', async () => {
  const place = freshPlace(server)
  const { log, journal, problems } = collectingLog(await openJournal(place))
  const contexts = [
    { tenant: 'a\0', user: 'a\0', tags: { 'key\0': 'v', 'key\ufffd': 'v', plain: 'v\0' } },
    { tenant: 'a\ufffd', user: 'a\ufffd', tags: { 'key\ud800': '\udc00', plain: 'v\ufffd' } },
    { tenant: long(1) },
    { tags: { plain: long(2) } }
  ]
  for (const context of contexts) {
    const request = { operation: 'chat', provider: 'test', input: 'words\0' }
    await log.withContext(context, () => log.record(request, async () => 'x'))
  }
  await log.flush()
  await using reader = await openPostgresReader(place)
  const seen = async () => {
    const { rows } = await reader.stats({ by: ['tenant'] })
    const tags = await reader.facets('tag')
    const plain = await reader.facets('tag', { tag: 'plain' })
    return {
      calls: (await reader.query()).items.length,
      found: (await reader.query({ tenant: 'a\0' })).items.length,
      tenants: rows.map((row) => row.calls).sort(),
      tags: tags.map(({ value, calls }) => `${value} ${calls}`).sort(),
      plain: plain.map(({ calls }) => calls).sort()
    }
  }
  const expected = {
    calls: 4,
    found: 2,
    tenants: [1, 1, 2],
    tags: ['key\ufffd 2', 'plain 3'],
    plain: [1, 2]
  }
  const size = 9
  const reached = async () =>
    (await server.query(`SELECT reached FROM ${place.schema}.index_state`))[0]
  await expect.poll(reached, { timeout: 20_000 }).toEqual({ reached: String(size) })
  expect(await seen()).toEqual(expected)
  await log.close()
  await journal[Symbol.asyncDispose]()
  expect(problems).toEqual([])
  expect(await reindexPostgres(place)).toBe(size)
  expect(await seen()).toEqual(expected)
  // As they are before they are indexed.
  await server.query(`TRUNCATE ${['calls', 'texts', 'rollups', 'facets'].map((table) => `${place.schema}.${table}`).join(', ')};
    UPDATE ${place.schema}.index_state SET reached = 0`)
  expect(await seen()).toMatchObject({ ...expected, found: expect.any(Number) })
})
