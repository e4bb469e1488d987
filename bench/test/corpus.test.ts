import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { openReader } from '@slm-audit/sqlite'
import { expect, test } from 'vitest'
import { SHOP_EVENTS, shopCalls } from '../corpus/shop.ts'
import { writeCorpus } from '../corpus/write-corpus.ts'

const until = Date.UTC(2026, 10, 29)
const hour = (event: number) => until - (90 * 24 - SHOP_EVENTS[event as 0].hour) * 3_600_000

test('the shop has as many calls as are asked for, in order, the same for the same seed', () => {
  const calls = [...shopCalls({ calls: 5_000, until })]
  expect(calls).toHaveLength(5_000)
  expect([...shopCalls({ calls: 5_000, until })]).toEqual(calls)
  expect([...shopCalls({ calls: 5_000, until, seed: 2 })]).not.toEqual(calls)
  // The second one has sessions that are made up for at the end.
  for (const some of [calls, shopCalls({ calls: 20_000, until: until + 16 * 3_600_000 })]) {
    const times = Array.from(some, ({ at }) => at)
    expect(times).toEqual([...times].sort((a, b) => a - b))
  }
  expect(new Set(calls.map(({ language }) => language)).size).toBe(6)
  expect(calls.filter(({ at }) => at >= hour(6) && at < hour(6) + 7_200_000)).toHaveLength(0)
})

test('what happened in the shop can be seen in its log', async () => {
  const file = join(mkdtempSync(join(tmpdir(), 'slm-audit-')), 'shop.db')
  writeCorpus(file, { calls: 3_000, until })
  await using reader = await openReader(file)
  const count = async (filter: string) =>
    (await reader.query(filter, { limit: 1_000, complete: true })).items.length
  const report = await reader.verify()
  expect(report).not.toHaveProperty('flaw')
  expect(report).not.toHaveProperty('clockSetBack')
  expect(report.keys).toHaveLength(1)
  expect(await count('version:2.4.1 -stage:complete -stage:cancelled')).toBeGreaterThan(0)
  expect(await count(`finish:content_filter "all previous instructions"`)).toBeGreaterThan(0)
  expect(await count(`version:2.4.0 until:${new Date(hour(4)).toISOString()}`)).toBe(0)
  expect(await count('kind:tool tool:lookupOrder')).toBeGreaterThan(0)
  expect(await count('退款')).toBeGreaterThan(0)
})
