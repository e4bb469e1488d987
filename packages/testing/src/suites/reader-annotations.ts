import type { Reader } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import type { RecordedCall } from '../fixtures/some-calls.ts'

/** What was said of calls is found, given with them, and counted. */
export async function givesAnnotations(
  reader: Reader,
  calls: readonly RecordedCall[]
): Promise<void> {
  const rejected = await reader.query('review:rejected', { limit: 1000, complete: true })
  const [{ auditId = '', session = '' } = {}] = rejected.items
  const found = await reader.get(auditId)
  expect(found?.annotations?.map(({ kinds }) => kinds)).toEqual([
    expect.arrayContaining(['feedback', 'score']),
    ['review']
  ])
  expect(found?.annotations?.[1]?.says).toEqual({ review: 'rejected', by: 'Ann' })
  const plain = calls.find(
    ({ header, annotations = [] }) => header.stage !== 'event' && annotations.length === 0
  )
  expect(await reader.get(plain?.auditId ?? '')).not.toHaveProperty('annotations')
  const said = (await reader.session(session))?.annotations ?? []
  expect(said.filter(({ parent }) => parent === auditId).length).toBe(2)
  expect(said.every(({ kind, question }) => kind === 'annotation' && question)).toBe(true)
  expect(await reader.facets('annotation', { tag: 'review' })).toEqual([
    { value: 'rejected', calls: rejected.items.length }
  ])
}
