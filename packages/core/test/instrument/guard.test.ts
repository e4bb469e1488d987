import { parseRecord } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { wrapFetch, wrapMethod } from '../../src/adapter.ts'
import { besideHost, guardMethods } from '../../src/runtime/guard.ts'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.unstubAllGlobals()
})

const broken = (): never => {
  throw new Error('replaced by the application')
}

/** What an application meets of three ways to make a call, with or without a log. */
async function met(log?: ReturnType<typeof newLog>['log'], init: object = {}) {
  const answer = async () =>
    new Response('"answer"', { headers: { 'content-type': 'application/json' } })
  const model = { ask: async (question: string) => `re: ${question}` }
  const fetch = log ? wrapFetch(log, [wire], answer) : answer
  const asked = log
    ? wrapMethod(log, model, 'ask', { readRequest: ([input]) => ({ ...chat, input }) })
    : model
  const record = (run: () => number) => (log ? log.record(chat, run) : run())
  const within = <T>(run: () => T) => (log ? log.withContext({ user: 'u' }, run) : run())
  const outcomes: unknown[] = []
  const note = async (run: () => unknown) => {
    try {
      outcomes.push(await run())
    } catch (error) {
      outcomes.push(['threw', String(error)])
    }
  }
  await note(() => within(async () => (await fetch(CHAT, { ...post, ...init })).json()))
  await note(() => within(() => asked.ask('q')))
  await note(() => within(() => record(() => 7)))
  await note(() =>
    within(() =>
      record(() => {
        throw new RangeError("the application's own")
      })
    )
  )
  return outcomes
}

const ENVIRONMENTS: readonly [string, () => void][] = [
  ['crypto without randomUUID', () => vi.stubGlobal('crypto', {})],
  ['no crypto', () => vi.stubGlobal('crypto', undefined)],
  ['randomUUID that throws', () => vi.spyOn(crypto, 'randomUUID').mockImplementation(broken)],
  ['no Request', () => vi.stubGlobal('Request', undefined)],
  [
    'no FormData, Blob and URLSearchParams',
    () => {
      for (const name of ['FormData', 'Blob', 'URLSearchParams']) vi.stubGlobal(name, undefined)
    }
  ],
  ['performance that throws', () => vi.spyOn(performance, 'now').mockImplementation(broken)],
  ['another performance', () => vi.stubGlobal('performance', {})],
  [
    'no eventLoopUtilization',
    () =>
      vi
        .spyOn(performance as object as { eventLoopUtilization(): unknown }, 'eventLoopUtilization')
        .mockImplementation(broken)
  ],
  ['cpuUsage that throws', () => vi.spyOn(process, 'cpuUsage').mockImplementation(broken)],
  ['cpuUsage of nothing', () => vi.spyOn(process, 'cpuUsage').mockReturnValue({} as never)],
  [
    'memoryUsage that throws',
    () => {
      vi.spyOn(process, 'memoryUsage').mockImplementation(broken as never)
    }
  ],
  ['a clock that throws', () => vi.spyOn(Date, 'now').mockImplementation(broken)]
]

describe('an environment that the application replaced', () => {
  test.each(ENVIRONMENTS)('%s', async (_what, replace) => {
    const control = await met()
    const { log, journal, problems } = newLog()
    replace()
    const found = await met(log)
    vi.restoreAllMocks()
    vi.unstubAllGlobals()
    await log.close()
    expect(found).toEqual(control)
    expect(problems).toEqual([])
    const stages = callsOf(journal.records).map(({ stage }) => stage)
    expect(stages).toEqual(['complete', 'complete', 'complete', 'error'])
  })
})

/** Parts of the platform that fail. */
const PLATFORMS: readonly [string, object][] = [
  ['systemState throws', { systemState: broken }],
  [
    'the scopes cannot be read',
    { newScopeStore: () => ({ get: broken, run: (_: unknown, run: () => unknown) => run() }) }
  ],
  ['the scopes cannot be entered', { newScopeStore: () => ({ get: () => undefined, run: broken }) }]
]

describe('a platform that fails', () => {
  test.each(PLATFORMS)('%s', async (_what, parts) => {
    const control = await met()
    const { log, journal, problems } = newLog({ platform: { ...nodePlatform(), ...parts } })
    expect(await met(log)).toEqual(control)
    await log.close()
    expect(problems).toMatchObject([{ code: 'protocol_failed' }])
    expect(callsOf(journal.records)).toHaveLength(4)
  })
})

const UNREADABLE = Object.defineProperty({}, 'parent', { get: broken })

test('a call that cannot be opened goes on and is counted as lost', async () => {
  const { log, journal, problems } = newLog()
  for (const _ of [1, 2]) log.open(chat, UNREADABLE).complete({ output: 1 })
  await log.close()
  expect(problems).toMatchObject([{ code: 'protocol_failed' }])
  const gaps = journal.records.map(parseRecord).filter(({ kind }) => kind === 'gap')
  expect(gaps.length).toBeGreaterThan(0)
})

test('a log that is to record or refuse refuses a call that it cannot open', async () => {
  const { log } = newLog({ mode: 'blocking-strict' })
  const call = log.open(chat, UNREADABLE)
  await expect(call.admitted()).rejects.toMatchObject({ code: 'not_recorded' })
})

test('a signal that is not an EventTarget is passed on', async () => {
  const { log, journal, problems } = newLog()
  const signal = { aborted: false }
  expect(await met(log, { signal })).toEqual(await met())
  await new Promise((resolve) => setTimeout(resolve, 5))
  await log.close()
  expect(problems).toEqual([])
  expect(callsOf(journal.records)[0]?.stage).toBe('complete')
})

test('a result that nobody can look at is passed on, and its call recorded', async () => {
  const { log, journal, problems } = newLog()
  const { proxy, revoke } = Proxy.revocable({}, {})
  revoke()
  expect(log.record(chat, () => proxy) === proxy).toBe(true)
  await log.close()
  expect(problems).toEqual([])
  expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }])
})

test.each([
  ['the name of a tag', { tags: { 'k\ud800': 'v' } }, { tags: { 'k\ufffd': 'v' } }],
  ['a name deep in a tag', { tags: { a: [{ 'k\ud800': 'v' }] } }, undefined],
  ['a member of its own', { more: { 'x\ud800': { 'y\udc00': 1 } } }, undefined]
])('a lone surrogate in %s of a context', async (_where, context, kept) => {
  const { log, journal, problems } = newLog()
  expect(log.withContext(context as never, () => log.record(chat, () => 1))).toBe(1)
  await log.close()
  const [call] = callsOf(journal.records)
  expect(call?.stage).toBe('complete')
  const texts = JSON.stringify([call?.record.context, journal.records])
  if (kept) expect(call?.record.context ?? {}).toMatchObject(kept)
  else expect(texts).toMatch(/[ky]\ufffd|moved|context/)
  expect(problems.filter(({ code }) => code === 'protocol_failed')).toEqual([])
})

describe('besideHost', () => {
  const cases: readonly [string, (host: (run: () => number) => number) => number][] = [
    ['before', broken],
    ['behind', (host) => host(() => 7) + broken()]
  ]
  test.each(cases)(
    "gives what the application's code gave where ours fails %s it",
    (_when, ours) => {
      const report = vi.fn()
      const alone = vi.fn(() => 7)
      for (const _ of [1, 2]) expect(besideHost(report, alone, ours)).toBe(7)
      expect(report).toHaveBeenCalledTimes(1)
    }
  )

  test("throws the application's own error, though ours fails at it", () => {
    const own = new RangeError('own')
    const report = vi.fn()
    const run = () => {
      throw own
    }
    const ours = (host: (run: () => never) => never): never => {
      try {
        return host(run)
      } catch {
        return broken()
      }
    }
    expect(() => besideHost(report, run, ours)).toThrow(own)
  })
})

test('a guarded method that fails tells it once, and what comes instead cannot fail either', () => {
  class One {
    readonly report = vi.fn()
    fails(): number {
      return broken()
    }
  }
  guardMethods(One, ['fails'], broken)
  const one = new One()
  expect(one.fails()).toBeUndefined()
  expect(one.fails()).toBeUndefined()
  expect(one.report).toHaveBeenCalledTimes(1)
})

describe('a new UUID', () => {
  const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/
  test.each([
    ['has no randomUUID', { getRandomValues: crypto.getRandomValues.bind(crypto) }],
    ['has nothing', {}],
    ['is absent', undefined],
    ['throws', { randomUUID: broken }],
    ['gives no UUID', { randomUUID: () => 'test-uuid' }],
    ['gives one and the same', { randomUUID: () => '00000000-0000-4000-8000-000000000000' }]
  ])('where crypto %s', async (_what, replaced) => {
    vi.stubGlobal('crypto', replaced)
    vi.resetModules()
    const { newUuid } = await import('../../src/base/uuid.ts')
    const made = Array.from({ length: 100 }, newUuid)
    expect(new Set(made).size).toBe(100)
    for (const uuid of made) expect(uuid).toMatch(UUID)
  })
})
