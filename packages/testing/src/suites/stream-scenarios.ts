import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { Answer } from '../fakes/fake-server.ts'
import { deepFreeze } from '../fixtures/fixture.ts'
import { collect } from '../fixtures/outcome.ts'
import { type Caller, type SharedScenario, seenUntilError, until } from './client-scenarios.ts'

/** How streams of a client fail. */
export interface StreamFailures {
  /** A frame that does not parse. */
  readonly malformed: Uint8Array | undefined
  /** The answer of status 429. */
  readonly limited: Answer
  /** Whether the client tries again by itself. */
  readonly retries: boolean
}

/** Scenarios of streamed answers. */
export function streamScenarios<C>(
  caller: Caller<C>,
  { malformed, limited, retries }: StreamFailures
): SharedScenario<C>[] {
  const { words: text } = caller
  return [
    ...wholeStreams(caller),
    ...endedByConsumer(caller),
    {
      name: 'stream: the signal aborts in mid-stream',
      answers: [{ ...caller.beginning, after: 'hang' }],
      run(client) {
        const stop = new AbortController()
        return seenUntilError(async (seen) => {
          for await (const item of await caller.open(client, stop.signal)) {
            if (seen.push(item) === 2) stop.abort()
          }
        })
      },
      expectation: { stage: 'cancelled', by: 'signal' },
      words: { text, whole: false }
    },
    dying(caller),
    ...refused(caller, limited, retries),
    ...(malformed ? [withMalformedEvent(caller, malformed)] : [])
  ]
}

function wholeStreams<C>(caller: Caller<C>): SharedScenario<C>[] {
  const words = { text: caller.words, whole: true }
  const read = async (client: C, params?: object) =>
    collect(await caller.open(client, undefined, params))
  const shared = { answers: [caller.answer], expectation: { stage: 'complete' as const }, words }
  return [
    { name: 'stream', run: (client) => read(client), ...shared },
    {
      name: 'stream: frozen parameters',
      run: (client) => read(client, deepFreeze(caller.params())),
      ...shared
    },
    {
      name: 'stream: all at once',
      run: (client) => read(client),
      ...shared,
      answers: [{ ...caller.answer, pauseMs: 0 }]
    },
    {
      name: 'stream: iterated by hand',
      async run(client) {
        const iterator = (await caller.open(client))[Symbol.asyncIterator]()
        const results: unknown[] = []
        for (let result = await iterator.next(); ; result = await iterator.next()) {
          results.push(result)
          if (result.done) return results
        }
      },
      ...shared
    }
  ]
}

function endedByConsumer<C>(caller: Caller<C>): SharedScenario<C>[] {
  const answers = [{ ...caller.beginning, after: 'hang' as const }]
  const words = { text: caller.words, whole: false }
  const expectation = { stage: 'cancelled', by: 'consumer' } as const
  return [
    {
      name: 'stream: the consumer breaks after two chunks',
      answers,
      async run(client) {
        const seen: unknown[] = []
        for await (const item of await caller.open(client)) if (seen.push(item) === 2) break
        return seen
      },
      stops: true,
      expectation,
      words
    },
    {
      name: 'stream: the consumer throws',
      answers,
      async run(client) {
        const mine = new RangeError('mine')
        try {
          for await (const _item of await caller.open(client)) throw mine
        } catch (error) {
          return error === mine
        }
        return 'did not throw'
      },
      stops: true,
      expectation,
      words
    },
    {
      name: 'stream: never read',
      answers,
      async run(client) {
        const source = await caller.open(client)
        await sleep(5)
        return Symbol.asyncIterator in source
      },
      leavesOpen: true,
      expectation: { stage: ['abandoned', 'cancelled'] }
    }
  ]
}

/** The connection is cut when the consumer has taken all that was sent. */
function dying<C>(caller: Caller<C>): SharedScenario<C> {
  let taken = 0
  // Turns of the loop, in which a client of the same process reads, say more than time that passed.
  const quiet = async () => {
    await until(() => taken > 0)
    for (let before = taken, turns = 0; turns < 20; turns++) {
      await sleep(1)
      if (before !== taken) turns = 0
      before = taken
    }
  }
  return {
    name: 'stream: the connection dies in mid-stream',
    answers: [{ ...caller.beginning, until: quiet, after: 'destroy' }],
    run(client) {
      taken = 0
      return seenUntilError(async (seen) => {
        for await (const item of await caller.open(client)) taken = seen.push(item)
      })
    },
    expectation: { stage: 'error' },
    words: { text: caller.words, whole: false }
  }
}

/** Asked for a stream, the server refuses: once, or for good. */
function refused<C>(caller: Caller<C>, limited: Answer, retries: boolean): SharedScenario<C>[] {
  const run = (client: C) =>
    seenUntilError(async (seen) => collect(await caller.open(client), seen))
  const forGood: SharedScenario<C> = {
    name: 'stream: status 429',
    answers: [limited],
    run,
    expectation: { stage: 'error' },
    check: (calls) => expect(calls[0]?.record.outcome?.status).toBe(429)
  }
  const once: SharedScenario<C> = {
    name: 'stream: 429 once, then an answer',
    answers: [limited, caller.answer],
    run,
    retries: 1,
    expectation: { stage: 'complete' },
    words: { text: caller.words, whole: true },
    check: (calls) =>
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([429, 200])
  }
  return retries ? [forGood, once] : [forGood]
}

function withMalformedEvent<C>(caller: Caller<C>, malformed: Uint8Array): SharedScenario<C> {
  const { chunks = [], headers } = caller.answer
  const broken = [...chunks.slice(0, 2), malformed, ...chunks.slice(2)]
  return {
    name: 'stream: an event is malformed',
    answers: [{ ...(headers && { headers }), chunks: broken }],
    run: (client) => seenUntilError(async (seen) => collect(await caller.open(client), seen)),
    expectation: { stage: ['error', 'cancelled'] }
  }
}
