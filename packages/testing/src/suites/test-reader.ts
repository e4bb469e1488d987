import {
  type FilterTree,
  filterText,
  inScope,
  matchesFilter,
  type PageRequest,
  parseFilter,
  type Reader
} from '@slm-audit/core/reader'
import { describe, expect, test } from 'vitest'
import { collectingLog } from '../fakes/collecting-log.ts'
import { type RecordedCall, recordedCalls, recordSomeCalls } from '../fixtures/some-calls.ts'
import { givesAnnotations } from './reader-annotations.ts'
import { countsWithin, listsValues } from './reader-facets.ts'
import { sortsByRelevance } from './reader-relevance.ts'
import { endsWithSignals } from './reader-signals.ts'
import type { ReaderSubject } from './reader-subject.ts'

/** Tests that a filter is made of: of every field and every comparison. */
const TESTS = [
  ...['model:model-1', 'model:model-1*', 'model:*4b', 'model:m*l-2*', 'model:none*'],
  ...['stage:complete', 'stage:error,open', 'stage:event', 'stage:c*', 'kind:call', 'kind:*'],
  ...['user:u-3', 'user:u-1,u-2', 'user:u-*', 'session:S-1', 'session:S-1*', 'session:*'],
  ...['tenant:nord', 'tenant:süd', 'tenant:*', 'tag:tier', 'tag.tier:gold', 'tag.tier:G*'],
  ...['tag."a b":1', 'tag:none', 'provider:openai', 'operation:embeddings', 'error:RangeError'],
  ...['error:Range*', 'status:500', 'finish:length', 'tool:search', 'tool:*', 'service:shop'],
  ...['version:1.*', 'environment:prod', 'parent:x', 'prompt:x', 'phase:prod'],
  ...['tokens:>500', 'tokens:<=220', 'tokens:11', 'tokens:100..300', 'inputTokens:>=400'],
  ...['outputTokens:<5', 'outputTokens:7', 'confidence:<0.5', 'confidence:>90%', 'took:>=0ms'],
  ...[
    'annotation:feedback',
    'annotation:note',
    'annotation:*',
    'annotation:re*',
    'review:rejected'
  ],
  ...[
    'annotation.feedback:up',
    'incident:INC-1',
    'incident:INC*',
    'annotation.incident:*',
    'price'
  ],
  ...[
    'score.helpful:<0.5',
    'score.helpful:*',
    'score:>=0.9',
    'score.helpful:0.3..0.5',
    'score.x:*'
  ],
  ...['took:<1ms', 'took:>1h', 'first:*', 'since:1h', 'until:1h', 'until:now'],
  ...['refund', 'ref*', '"refund policy"', '"refund pol"*', 'cafe', '退款', 'number', 'nowhere'],
  // Words that stand side by side where one text ends and the next begins.
  ...['"number 7 answer"', '"7 answer"', '"0 ans"*']
]
const CALLS = 120
const TREES = 120

/**
 * Proves that a reader answers filters as they are meant (`matchesFilter` of the core), every field
 * and comparison and random trees of them, newest first, page by page, also while the store is
 * written.
 *
 * To be called in a vitest file.
 */
export function testReader(subject: ReaderSubject): void {
  describe(`the reader of ${subject.name}`, () => {
    test('finds what each test of the filter language means, and what it does not', () =>
      on(subject, async (reader, calls) => {
        for (const text of TESTS) await compare(reader, calls, parseFilter(text))
        for (const text of TESTS) await compare(reader, calls, parseFilter(`-${text}`))
      }))
    test('finds what trees of tests mean', () =>
      on(subject, async (reader, calls) => {
        const random = seeded(7)
        for (let at = 0; at < TREES; at++) await compare(reader, calls, randomTree(random, 3))
      }))
    test('takes a text, an object and a tree', () => on(subject, takesAnyForm))
    test('refuses what it cannot read, and says what', () => on(subject, refuses))
    test('searches for any text, with the place of the words', () => on(subject, searches))
    test('sorts by relevance: what says more of the words, in fewer, stands first', () =>
      on(subject, sortsByRelevance))
    test('counts calls, by their values and by time', () => on(subject, counts))
    test('gives sessions, and each as one timeline', () => on(subject, givesSessions))
    test('gives calls with what was said of them', () => on(subject, givesAnnotations))
    test('lists the values of a field with their calls', () => on(subject, listsValues))
    test('counts what the calls of a filter have, the newest of them', () =>
      on(subject, countsWithin))
    test('ends a question with its signal', () => on(subject, endsWithSignals))
    test('gives pages that stay while calls are added', () => on(subject, keepsPages))
  })
}

type Check = (
  reader: Reader,
  calls: readonly RecordedCall[],
  more: () => Promise<void>
) => Promise<void>

async function on(subject: ReaderSubject, check: Check): Promise<void> {
  await using store = await subject.make()
  const journal = await store.open()
  const { log } = collectingLog(journal, { service: 'shop', version: '1.0' })
  await recordSomeCalls(log, CALLS)
  const reader = await store.read()
  try {
    await check(reader, await recordedCalls(journal), () => recordSomeCalls(log, 30))
  } finally {
    await reader[Symbol.asyncDispose]()
    await log.close()
  }
}

async function compare(
  reader: Reader,
  calls: readonly RecordedCall[],
  filter: FilterTree
): Promise<void> {
  const meant = calls.filter((call) => matchesFilter(inScope(filter), call))
  const found = await allOf((page) => reader.query(filter, page))
  const text = filterText(filter)
  expect(found, text).toEqual(meant.map(({ auditId }) => auditId))
}

/** All that is found, page by page. */
async function allOf(ask: (page: PageRequest) => ReturnType<Reader['query']>): Promise<string[]> {
  const ids: string[] = []
  let cursor: string | undefined
  do {
    const at = cursor === undefined ? {} : { cursor }
    const page = await ask({ limit: 50, complete: true, ...at })
    expect(page).not.toHaveProperty('behind')
    ids.push(...page.items.map(({ auditId }) => auditId))
    cursor = page.cursor
  } while (cursor !== undefined)
  return ids
}

const takesAnyForm: Check = async (reader) => {
  const ids = (filter: Parameters<Reader['query']>[0]) =>
    allOf((page) => reader.query(filter, page))
  const forms = [
    'user:u-3 stage:complete tag.tier:gold',
    { user: 'u-3', stage: 'complete', tag: 'tier=gold' },
    parseFilter('tag.tier:gold user:u-3 stage:complete')
  ] as const
  const [text = [], object, tree] = await Promise.all(forms.map(ids))
  expect(text.length).toBeGreaterThan(0)
  expect([object, tree]).toEqual([text, text])
  expect(await ids('')).toEqual(await ids({}))
  // The object form means its values as they are.
  expect(await ids({ user: 'u-*' })).toEqual([])
}

const refuses: Check = async (reader) => {
  const cases: [unknown, RegExp][] = [
    ['modle:x', /there is no field modle; did you mean model\?/],
    ['(user:u-1', /this \( is not closed/],
    [{ modle: 'x' }, /no filter modle; did you mean model\?/],
    [{ user: 7 }, /user must be a text/],
    [{ stage: 'complet' }, /there is no stage complet; did you mean complete\?/],
    [{ is: 'all', of: [{ is: 'text', field: 'modle' }] }, /filter\.of\[0\]\.field: there is no/],
    [7, /a filter is a text, an object or a tree/]
  ]
  for (const [filter, message] of cases) {
    const asked = Promise.resolve().then(() => reader.query(filter as never))
    await expect(asked, String(message)).rejects.toMatchObject({
      code: 'bad_query',
      message: expect.stringMatching(message)
    })
  }
  await expect(reader.query({}, { cursor: 'x' })).rejects.toMatchObject({ code: 'bad_query' })
  await expect(reader.query({}, { limit: 0 })).rejects.toMatchObject({ code: 'bad_query' })
  await expect(reader.query({}, { countUpTo: 0.5 })).rejects.toMatchObject({ code: 'bad_query' })
}

const searches: Check = async (reader, calls) => {
  const meant = calls.filter((call) => call.holds('refund', false) && call.holds('policy', false))
  const found = await reader.search('policy REFUND', 'stage:complete')
  const ended = meant.filter(({ header }) => header.stage === 'complete')
  expect(found.items.map(({ auditId }) => auditId)).toEqual(ended.map(({ auditId }) => auditId))
  expect(found.items[0]?.snippet).toMatch(/\[(refund|policy)\]/)
  expect((await reader.query('"out of range"')).items[0]?.snippet).toContain('[range]')
  for (const text of ['user:u-3 refund', '(refund', 'refund OR parcel"', 'a -b']) {
    expect(Array.isArray((await reader.search(text)).items), text).toBe(true)
  }
  await expect(Promise.resolve().then(() => reader.search(' … '))).rejects.toMatchObject({
    code: 'bad_query'
  })
}

const keepsPages: Check = async (reader, calls, more) => {
  const counted = { limit: 60, complete: true, countUpTo: 10_000 }
  const first = await reader.query({}, counted)
  expect(first.more).toBe(calls.filter(isCall).length - 60)
  expect(await reader.query({}, { ...counted, countUpTo: 7 })).toMatchObject({ more: 7 })
  expect(await reader.query('user:nobody', counted)).toMatchObject({ items: [], more: 0 })
  const size = await reader.size()
  await more()
  expect((await reader.size()) - size).toBeGreaterThanOrEqual(60)
  const rest = await reader.query({}, { limit: 1000, complete: true, cursor: first.cursor ?? '' })
  const ids = [...first.items, ...rest.items].map(({ auditId }) => auditId)
  expect(ids).toEqual(calls.filter(isCall).map(({ auditId }) => auditId))
  const newest = await reader.query({}, { limit: 1000, complete: true })
  expect(newest.items.length).toBe(ids.length + 30)
}

const counts: Check = async (reader, calls, more) => {
  const ended = calls.filter(({ header }) => header.kind === 'call' && header.stage !== 'received')
  for (const filter of ['', 'tenant:nord', 'version:1.0 since:1d', 'user:u-3', 'model:model-1*']) {
    const tree = parseFilter(filter)
    const meant = ended.filter((call) => matchesFilter(tree, call))
    for (const everyMs of [undefined, 3_600_000, 60_000]) {
      for (const by of [[], ['tenant'], ['model', 'tenant']] as const) {
        const { rows } = await reader.stats({ filter, by, ...(everyMs && { everyMs }) })
        const sums = rows.map(({ calls, errors, inputTokens }) => [calls, errors, inputTokens])
        expect([filter, by, sum(sums, 0), sum(sums, 1), sum(sums, 2)]).toEqual([
          filter,
          by,
          meant.length,
          meant.filter(({ header }) => header.stage === 'error').length,
          sum(meant.map(({ header }) => [header.response?.usage?.inputTokens ?? 0]))
        ])
        expect(rows.every(({ at }) => (at === undefined) === (everyMs === undefined))).toBe(true)
      }
    }
  }
  const { rows } = await reader.stats({ by: ['tenant'] })
  expect(rows.map(({ by }) => by.tenant)).toEqual([undefined, 'nord', 'süd'])
  const [figures] = (await reader.stats()).rows
  expect(figures?.errorTypes).toEqual([{ type: 'RangeError', count: figures?.errors }])
  expect(figures?.durationMs?.p50).toBeLessThanOrEqual(figures?.durationMs?.p99 ?? 0)
  expect(figures?.confidence).toBeCloseTo(0.55, 0)
  await more()
  expect((await reader.stats()).rows[0]?.calls).toBeGreaterThan(figures?.calls ?? 0)
  const asked = Promise.resolve().then(() => reader.stats({ by: ['modle' as 'model'] }))
  await expect(asked).rejects.toMatchObject({ code: 'bad_query' })
}

const givesSessions: Check = async (reader, calls) => {
  const own = calls.filter(({ header }) => header.context?.session !== undefined)
  const names = [...new Set(own.map(({ header }) => header.context?.session ?? ''))]
  const listed: string[] = []
  let cursor: string | undefined
  do {
    const at = cursor === undefined ? {} : { cursor }
    const page = await reader.sessions('', { limit: 7, ...at })
    listed.push(...page.items.map(({ session }) => session))
    cursor = page.cursor
  } while (cursor !== undefined)
  expect(listed).toEqual(names)
  const name = names[3] ?? ''
  const steps = own.filter(({ header }) => header.context?.session === name).reverse()
  const session = await reader.session(name)
  const found = session?.runs.flatMap((run) => run.steps) ?? []
  expect(found.map(({ auditId }) => auditId)).toEqual(steps.map(({ auditId }) => auditId))
  expect(session).toMatchObject({
    ...{ session: name, stepCount: steps.length, services: ['shop 1.0'] },
    errorCount: steps.filter(({ header }) => header.stage === 'error').length,
    openCount: steps.filter(({ header }) => header.stage === 'received').length
  })
  const failed = await reader.sessions('error:RangeError')
  expect(failed.items.every(({ errorCount }) => errorCount > 0)).toBe(true)
  expect(await reader.session('S-none')).toBeUndefined()
}

function sum(rows: readonly (readonly number[])[], at = 0): number {
  return rows.reduce((all, row) => all + (row[at] ?? 0), 0)
}

const isCall = ({ header }: RecordedCall) => header.stage !== 'event'

function randomTree(random: () => number, depth: number): FilterTree {
  const one = <T>(items: readonly T[]) => items[Math.floor(random() * items.length)] as T
  if (depth === 0 || random() < 0.3) return parseFilter(one(TESTS))
  const kind = one(['all', 'any', 'not'] as const)
  if (kind === 'not') return { is: 'not', of: randomTree(random, depth - 1) }
  const count = 2 + Math.floor(random() * 2)
  return { is: kind, of: Array.from({ length: count }, () => randomTree(random, depth - 1)) }
}

function seeded(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1_103_515_245 + 12_345) & 0x7fffffff
    return state / 0x7fffffff
  }
}
