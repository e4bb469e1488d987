import { inScope, matchesFilter, parseFilter, type Reader } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import type { RecordedCall } from '../fixtures/some-calls.ts'

/** Proves that a reader lists the values of fields, with how many calls that have ended have each. */
export async function listsValues(reader: Reader, calls: readonly RecordedCall[]): Promise<void> {
  const ended = calls.filter(({ header }) => header.stage !== 'received')
  const users = Map.groupBy(ended, ({ header }) => header.context?.user ?? '')
  const found = await reader.facets('user')
  expect(new Map(found.map(({ value, calls }) => [value, calls]))).toEqual(
    new Map([...users].filter(([user]) => user !== '').map(([user, of]) => [user, of.length]))
  )
  expect(await reader.facets('user', { limit: 1 })).toEqual(found.slice(0, 1))
  expect((await reader.facets('tag', { tag: 'tier' })).map(({ value }) => value).sort()).toEqual([
    'Gold!',
    'gold',
    'ü'
  ])
  const beginning = await reader.facets('model', { beginning: 'model-1' })
  expect(beginning.map(({ value }) => value).sort()).toEqual(['model-1', 'model-1:4b'])
  const asked = Promise.resolve().then(() => reader.facets('session'))
  await expect(asked).rejects.toMatchObject({ code: 'bad_query' })
}

/** Proves that a reader counts what the newest calls of a filter have. */
export async function countsWithin(reader: Reader, calls: readonly RecordedCall[]): Promise<void> {
  for (const text of ['user:u-1,u-3', 'refund', '']) {
    const meant = calls.filter((call) => matchesFilter(inScope(parseFilter(text)), call))
    const found = await reader.facetsWithin(text)
    expect([found.calls, found.hasMore], text).toEqual([meant.length, false])
    expect(byValue(found.fields.stage), text).toEqual(
      countsOf(meant.map(({ header }) => header.stage))
    )
    expect(byValue(found.fields.user), text).toEqual(
      countsOf(meant.flatMap(({ header }) => header.context?.user ?? []))
    )
  }
  // Calls come newest first.
  const newest = calls.filter((call) => matchesFilter(inScope(parseFilter('')), call)).slice(0, 7)
  const some = await reader.facetsWithin('', { fields: ['stage'], among: 7 })
  const stage = [...countsOf(newest.map(({ header }) => header.stage))]
  expect(byValue(some.fields.stage)).toEqual(new Map(stage))
  expect(Object.keys(some.fields)).toEqual(['stage'])
  expect([some.calls, some.hasMore]).toEqual([7, true])
  for (const options of [{ fields: ['session' as 'stage'] }, { among: 0 }, { limit: 0 }]) {
    const asked = Promise.resolve().then(() => reader.facetsWithin('', options))
    await expect(asked).rejects.toMatchObject({ code: 'bad_query' })
  }
}

function byValue(counts: readonly { readonly value: string; readonly calls: number }[] = []) {
  return new Map(counts.map(({ value, calls }) => [value, calls]))
}

function countsOf(values: readonly string[]): Map<string, number> {
  return new Map(
    [...Map.groupBy(values, (value) => value)].map(([value, of]) => [value, of.length])
  )
}
