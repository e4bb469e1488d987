import { parseFilter, type Reader } from '@slm-audit/core/reader'
import { openReader } from '@slm-audit/sqlite'
import { beforeAll, describe, expect, test } from 'vitest'
import { openDatabase } from '../../src/driver/driver.ts'
import { facetToken } from '../../src/index/facets.ts'
import { indexPath } from '../../src/index/index-database.ts'
import { compileFilter } from '../../src/read/compile-filter.ts'
import { ValueDictionary } from '../../src/read/value-dictionary.ts'
import { chat, freshFile, openLog } from '../support.ts'

const ALL = { limit: 1000 }
/** So many calls that the end of a time is not the end of the log. */
const CALLS = 240
const MODELS = ['qwen:4b', 'qwen:8b', 'llama', '7', undefined]
const TENANTS = ['nord', 'west', undefined]

interface Made {
  readonly auditId: string
  readonly models: readonly (string | undefined)[]
  readonly tenant: string | undefined
  readonly stage: 'error' | 'complete'
}

const file = freshFile()
const made: Made[] = []

beforeAll(async () => {
  const { log } = await openLog({ file })
  for (let at = 0; at < CALLS; at++) {
    const [model, tenant] = [MODELS[at % 5], TENANTS[at % 3]]
    const answered = at % 4 === 0 ? 'qwen:8b' : undefined
    const call = log.withContext(tenant === undefined ? {} : { tenant }, () =>
      log.open({ ...chat, ...(model !== undefined && { model }), input: 'hello' })
    )
    const isError = at % 7 === 0
    if (isError) call.fail(new Error('no'))
    else call.complete({ output: 'hi', ...(answered !== undefined && { model: answered }) })
    const models = isError ? [model] : [model, answered]
    made.push({ auditId: call.auditId, models, tenant, stage: isError ? 'error' : 'complete' })
    if (at === 100) log.annotate(call.auditId, { note: 'liked' })
  }
  await log.close()
})

/** What a filter means of the calls, newest first. */
function meant(passes: (call: Made) => boolean): string[] {
  return made
    .filter(passes)
    .map(({ auditId }) => auditId)
    .toReversed()
}

const isQwen = ({ models }: Made) => models.some((model) => model?.startsWith('qwen'))
const FILTERS: readonly (readonly [filter: string, passes: (call: Made) => boolean])[] = [
  ['model:qwen* stage:error', (call) => isQwen(call) && call.stage === 'error'],
  [
    'model:qwen:8b tenant:nord',
    ({ models, tenant }) => models.includes('qwen:8b') && tenant === 'nord'
  ],
  ['-model:qwen* stage:error', (call) => !isQwen(call) && call.stage === 'error'],
  ['model:7 stage:error', ({ models, stage }) => models.includes('7') && stage === 'error'],
  [
    'model:llama,qwen:4b stage:complete',
    ({ models, stage }) =>
      (models.includes('llama') || models.includes('qwen:4b')) && stage === 'complete'
  ],
  [
    '(model:qwen* tenant:west) OR stage:error',
    (call) => (isQwen(call) && call.tenant === 'west') || call.stage === 'error'
  ],
  ['model:none* stage:error', () => false],
  ['model:qwen* stage:event', () => false],
  ['', () => true]
]

describe.each([1, 1_000_000])('values that have %i times as many calls', (factor) => {
  let reader: Reader
  const times = new Map<string, string>()

  beforeAll(async () => {
    const index = openDatabase(indexPath(file))
    index.exec(`UPDATE facets SET calls = calls * ${factor} WHERE name IN ('model', 'tenant')`)
    index.close()
    reader = await openReader(file)
    const { items } = await reader.query('', ALL)
    for (const { auditId, receivedAt } of items) times.set(auditId, receivedAt)
    return () => reader[Symbol.asyncDispose]()
  })

  test.each(FILTERS)('are found by %s', async (filter, passes) => {
    const { items } = await reader.query(filter, ALL)
    expect(items.map(({ auditId }) => auditId)).toEqual(meant(passes))
  })

  test.each(FILTERS)('are found by %s within a time', async (filter, passes) => {
    const timeOf = (call: Made | undefined) => times.get(call?.auditId ?? '') ?? ''
    const [since, until] = [timeOf(made[60]), timeOf(made[110])]
    const isWithin = (call: Made) => timeOf(call) >= since && timeOf(call) < until
    const within = `(${filter || 'kind:call'}) since:${since} until:${until}`
    const expected = meant((call) => passes(call) && isWithin(call))
    for (const limit of [1000, 3]) {
      const { items } = await reader.query(within, { limit })
      expect(items.map(({ auditId }) => auditId)).toEqual(expected.slice(0, limit))
    }
  })
})

test('a common value beside a rare one is looked for in rows, and not in the list of all calls that have it', () => {
  const index = openDatabase(indexPath(file), { readonly: true })
  const [query] = compileFilter(parseFilter('model:qwen* stage:error'), new ValueDictionary(index))
  index.close()
  expect(query?.match).toBe(`"${facetToken('stage', 'error')}"`)
  expect(query?.values).toEqual(['qwen:4b', 'qwen:8b', 'qwen:4b', 'qwen:8b'])
})
