import { AuditError, memoryJournal } from '@slm-audit/core'
import { nodePlatform } from '@slm-audit/core/node'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, watched } from '../watched.ts'

describe('an answer that is watched already is watched by all', () => {
  test('two logs', async () => {
    const inner = watched(async () => Response.json(1))
    const outer = watched(inner.fetch)
    await (await outer.fetch(CHAT, post)).json()
    const streamed = await outer.fetch(CHAT, post)
    const reader = streamed.body?.getReader()
    while (reader && !(await reader.read()).done);
    const left = await outer.fetch(CHAT, post)
    await left.body?.cancel()
    const expected = [
      ['complete', undefined],
      ['complete', undefined],
      ['cancelled', 'consumer']
    ]
    expect(await inner.stages()).toEqual(expected)
    expect(await outer.stages()).toEqual(expected)
  })

  test('clones of one response, as a cache gives them', async () => {
    const first = watched(async () => Response.json({ words: 'cached' }))
    const cached = await first.fetch(CHAT, post)
    const second = watched(async () => cached.clone())
    expect(await (await second.fetch(CHAT, post)).json()).toEqual({ words: 'cached' })
    expect(await cached.json()).toEqual({ words: 'cached' })
    expect(await second.stages()).toEqual([['complete', undefined]])
    expect(await first.stages()).toEqual([['complete', undefined]])
  })

  test('one that cannot be changed is passed on and recorded as unread', async () => {
    const { fetch, stages } = watched(async () => Object.freeze(Response.json(1)))
    expect(await (await fetch(CHAT, post)).json()).toBe(1)
    expect(await stages()).toEqual([['abandoned', 'unread']])
  })
})

describe('requests reach the fetch below as they are', () => {
  test('a Request that is used up is refused by the fetch below, not by us', async () => {
    const { fetch, stages } = watched(globalThis.fetch)
    const request = new Request(CHAT, post)
    await request.text()
    const expected = await globalThis.fetch(request).catch((error: unknown) => error)
    const promise = fetch(request)
    expect(await promise.catch((error: unknown) => error)).toEqual(expected)
    expect(await stages()).toEqual([['error', undefined]])
  })

  test('a Request whose body is still coming leaves at once', async () => {
    const { fetch, stages } = watched(async () => Response.json(1))
    let controller: ReadableStreamDefaultController | undefined
    const body = new ReadableStream({
      start(given) {
        controller = given
      }
    })
    const init = { method: 'POST', body, duplex: 'half' }
    const answer = await fetch(new Request(CHAT, init as RequestInit))
    controller?.enqueue(new TextEncoder().encode('{}'))
    controller?.close()
    expect(await answer.json()).toBe(1)
    expect(await stages()).toEqual([['complete', undefined]])
  })

  test('headers that can be read only once are left to it', async () => {
    const seen: unknown[] = []
    const { fetch } = watched(async (_url, init) => {
      seen.push(Object.fromEntries(new Headers(init?.headers)))
      return Response.json(1)
    })
    const headers = new Map([['authorization', 'x']]).entries()
    await fetch(CHAT, { ...post, headers: headers as unknown as [string, string][] })
    expect(seen).toEqual([{ authorization: 'x' }])
  })
})

test("the caller's signal holds no call once the next attempt has started", async () => {
  let tries = 0
  const { log, fetch, stages } = watched(async () => {
    if (tries++ < 2) throw new TypeError('fetch failed')
    return Response.json(1)
  })
  const { signal } = new AbortController()
  const listeners = new Set<unknown>()
  const native = { add: signal.addEventListener, remove: signal.removeEventListener }
  Object.assign(signal, {
    addEventListener(...args: Parameters<typeof native.add>) {
      listeners.add(args[1])
      return native.add.apply(signal, args)
    },
    removeEventListener(...args: Parameters<typeof native.remove>) {
      listeners.delete(args[1])
      return native.remove.apply(signal, args)
    }
  })
  await log.withAttempts({ limit: 3, signal }, async () => {
    for (const _try of [1, 2]) await fetch(CHAT, post).catch(() => undefined)
    expect(listeners.size).toBe(1)
    await (await fetch(CHAT, post)).text()
  })
  expect(listeners.size).toBe(0)
  expect(await stages()).toEqual([['complete', undefined]])
})

describe('iterables of the application', () => {
  test('results without a promise, which `for await` takes, are passed on and recorded', async () => {
    const { log, journal } = newLog()
    const numbers = [1, 2].values()
    const source = { [Symbol.asyncIterator]: () => ({ next: () => numbers.next() }) }
    const iterable = source as unknown as AsyncIterable<number>
    const seen: number[] = []
    for await (const item of log.record(chat, () => iterable)) seen.push(item)
    expect(seen).toEqual([1, 2])
    await log.flush()
    expect(callsOf(journal.records)).toMatchObject([
      { stage: 'complete', contents: { output: [1, 2] } }
    ])
  })

  test('an iterator that throws ends the call', async () => {
    const { log, journal } = newLog()
    const next = () => {
      throw new RangeError('none left')
    }
    const source = { [Symbol.asyncIterator]: () => ({ next }) } as AsyncIterable<number>
    const iterator = log.record(chat, () => source)[Symbol.asyncIterator]()
    expect(() => iterator.next()).toThrow('none left')
    await log.flush()
    expect(callsOf(journal.records)).toMatchObject([
      { stage: 'error', record: { outcome: { type: 'RangeError' } } }
    ])
  })

  test.each([
    ['frozen', (source: object) => Object.freeze(source)],
    ['sealed by its class', (source: object) => source]
  ])('one that is %s is passed on and recorded as unread', async (_name, change) => {
    const { log, journal } = newLog()
    const value = async function* () {
      yield 1
    }
    const source = change(Object.defineProperty({}, Symbol.asyncIterator, { value }))
    const seen: unknown[] = []
    for await (const item of log.record(chat, () => source as AsyncIterable<number>)) {
      seen.push(item)
    }
    expect(seen).toEqual([1])
    await log.flush()
    expect(callsOf(journal.records)).toMatchObject([
      { stage: 'abandoned', record: { outcome: { by: 'unread' } } }
    ])
  })
})

test('a framework that cannot say where it is harms no call', async () => {
  const { log, journal } = newLog()
  log.parentFrom(() => {
    throw new Error('outside of a run')
  })
  expect(log.record(chat, () => 'answer')).toBe('answer')
  await log.flush()
  expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }])
})

test('an onProblem that rejects is reported elsewhere, and nobody hears a rejection', async () => {
  const warned: AuditError[] = []
  const platform = { ...nodePlatform(), warn: (problem: AuditError) => warned.push(problem) }
  const onProblem = async () => {
    throw new Error('no such channel')
  }
  const { log } = newLog({ platform, onProblem })
  log.report(new AuditError('export_failed', 'the other end is down'))
  await new Promise((resolve) => setImmediate(resolve))
  expect(warned).toMatchObject([{ code: 'observer_failed' }])
  expect(warned[0]?.message).toContain('the other end is down')
})

test('a journal that cannot be drained does not change how the process ends', () => {
  const problems: AuditError[] = []
  let exit: () => void = () => undefined
  const platform = {
    ...nodePlatform(),
    onExit(drain: () => void) {
      exit = drain
      return () => undefined
    }
  }
  const journal = memoryJournal()
  journal.drainSync = () => {
    throw new Error('gone')
  }
  const onProblem = (problem: AuditError) => problems.push(problem)
  newLog({ platform, journal, onProblem })
  expect(exit).not.toThrow()
  expect(problems).toMatchObject([{ code: 'journal_failed' }])
})
