import type { PageRequest, Reader } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import type { RecordedCall } from '../fixtures/some-calls.ts'

/** Proves that a reader sorts by relevance, page by page, also while the store is written by `more`. */
export async function sortsByRelevance(
  reader: Reader,
  calls: readonly RecordedCall[],
  more: () => Promise<void>
): Promise<void> {
  const sort = 'relevance'
  const meant = calls.filter((call) => call.holds('refund', false)).map(({ auditId }) => auditId)
  const { items, cursor, newest } = await reader.query('refund', {
    sort,
    limit: 1000,
    complete: true
  })
  const found = items.map(({ auditId }) => auditId)
  expect(found.toSorted()).toEqual(meant.toSorted())
  expect([cursor, newest]).toEqual([undefined, undefined])
  // Asked for and answered with it: two of a few words.
  const twice = items.filter(
    ({ question, answer }) => /refund/.test(`${question}`) && /refund/.test(`${answer}`)
  )
  expect(twice.length).toBeGreaterThan(0)
  const first = found.slice(0, twice.length)
  expect(first.toSorted()).toEqual(twice.map(({ auditId }) => auditId).toSorted())
  const page = await reader.search('refund', '', { sort, limit: 7, complete: true })
  expect(page.items.map(({ auditId }) => auditId)).toEqual(found.slice(0, 7))
  expect(page.items[0]?.snippet).toContain('[refund]')
  await more()
  const next = { sort, limit: 7, complete: true, cursor: page.cursor ?? '' } as const
  const second = await reader.query('refund', next)
  expect(second.items.map(({ auditId }) => auditId)).toEqual(found.slice(7, 14))
  const wrong: [string, PageRequest][] = [
    ['user:u-3', { sort }],
    ['refund', { sort: 'rank' as 'relevance' }],
    ['refund', { cursor: page.cursor ?? '' }]
  ]
  for (const [filter, request] of wrong) {
    const asked = Promise.resolve().then(() => reader.query(filter, request))
    await expect(asked).rejects.toMatchObject({ code: 'bad_query' })
  }
}
