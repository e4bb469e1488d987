import { afterEach, describe, expect, test, vi } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, watched } from '../watched.ts'

afterEach(() => {
  vi.restoreAllMocks()
  vi.useRealTimers()
})

describe('a clock that the application replaced', () => {
  test.each([
    ['nothing', undefined],
    ['no number', Number.NaN],
    ['a fraction', 1_700_000_000_000.25],
    ['a time before 1970', -5],
    ['a text', '2026-01-01' as never],
    ['far too much', 1e300]
  ])('gives %s', async (_what, now) => {
    const { log, journal, problems } = newLog()
    const spy = vi.spyOn(Date, 'now').mockReturnValue(now as number)
    log.record(chat, () => 1)
    log.annotate('a', { note: 1 })
    spy.mockRestore()
    await log.close()
    expect(problems.map(({ message }) => message)).toEqual([])
    expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }, {}])
    for (const { auditId } of callsOf(journal.records)) {
      expect(auditId).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[0-9a-f]{4}-[0-9a-f]{12}$/)
    }
  })

  test('runs backwards during a call', async () => {
    const { log, journal, problems } = newLog()
    const call = log.open(chat)
    const spy = vi.spyOn(performance, 'now').mockReturnValue(-1e6)
    call.chunk()
    call.complete({ output: 1 })
    spy.mockRestore()
    await log.close()
    expect(problems).toEqual([])
    const [found] = callsOf(journal.records)
    expect(found?.record.timing?.durationMs ?? 0).toBeGreaterThanOrEqual(0)
  })
})

test('timers that the application replaced stop neither a flush nor an answer', async () => {
  for (const mode of ['async', 'blocking', 'blocking-strict'] as const) {
    const { log, journal } = newLog({ mode })
    vi.useFakeTimers()
    expect(await log.record(chat, async () => 1)).toBe(1)
    await log.flush()
    expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }])
    await log.close()
    vi.useRealTimers()
  }
})

test('a process that cannot say how much memory it has makes its calls', async () => {
  const { log, journal } = newLog()
  vi.spyOn(process, 'memoryUsage').mockImplementation(() => {
    throw new Error('EMFILE: too many open files, uv_resident_set_memory')
  })
  expect(log.record(chat, () => 1)).toBe(1)
  await log.close()
  expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }])
})

describe('what fetch refuses is refused by it', () => {
  test.each([
    ['null', null, undefined],
    ['nothing', undefined, undefined],
    ['a method that is not text', CHAT, { method: 5 }],
    ['a method that has no text', CHAT, { method: Symbol('post') }],
    ['no options', CHAT, 5]
  ])('%s', async (_what, input, init) => {
    const { fetch } = watched(async () => Promise.reject(new TypeError('refused')))
    const given = [input, init] as never as Parameters<typeof fetch>
    const promise = fetch(...given)
    await expect(promise).rejects.toThrow('refused')
  })
})

test("a Request's own signal ends no call whose signal is taken away", async () => {
  const { fetch, stages } = watched(async () => Response.json(1))
  const own = new AbortController()
  const request = new Request(CHAT, { ...post, signal: own.signal })
  own.abort()
  const response = await fetch(request, { signal: null, body: '{}' })
  await new Promise((resolve) => setTimeout(resolve, 5))
  await response.body?.cancel()
  expect(await stages()).toEqual([['cancelled', 'consumer']])
})
