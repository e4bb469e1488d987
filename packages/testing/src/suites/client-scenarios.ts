import { setTimeout as sleep } from 'node:timers/promises'
import { type AuditedCall, textOf } from '@slm-audit/core/reader'
import { expect } from 'vitest'
import type { Answer, FakeServer } from '../fakes/fake-server.ts'
import { deepFreeze, type Fixture, framesOf, readFixture } from '../fixtures/fixture.ts'
import { describeError } from '../fixtures/outcome.ts'
import type { ClientCall, ClientScenario, ClientSubject, Expectation } from './client-subject.ts'

/** A scenario that the kit makes for every client. */
export interface SharedScenario<C> extends ClientScenario<C> {
  /** Runs against a port where nobody listens. */
  readonly refused?: boolean
  readonly twice?: boolean
  /** The consumer stops in mid-stream, and the server waits for the client to close. */
  readonly stops?: boolean
  readonly closed?: boolean
  /** What the record must say, unless the subject says otherwise. */
  readonly expectation: Expectation
  /** The words that the record must have: all of them, or a beginning. */
  readonly words?: { readonly text: () => string; readonly whole: boolean }
}

/** A call of a subject, ready to be made. */
export class Caller<C> {
  readonly fixture: Fixture
  /** The words of the whole answer, by `expected.json`. */
  readonly words: () => string
  readonly #call: ClientCall<C>

  constructor(subject: ClientSubject<C>, call: ClientCall<C>) {
    this.#call = call
    this.fixture = readFixture(call.folder)
    this.words = () => wordsOf(subject, this.fixture.expected().contents.output)
  }

  /** Each call gets parameters of its own. */
  params(): object {
    return structuredClone(this.#call.params ?? this.fixture.body)
  }

  run(client: C, signal?: AbortSignal, params: object = this.params()): unknown {
    return this.#call.run(client, params as never, signal ? { signal } : {})
  }

  async open(client: C, signal?: AbortSignal, params?: object): Promise<AsyncIterable<unknown>> {
    return (await this.run(client, signal, params)) as AsyncIterable<unknown>
  }

  /** The whole answer. */
  get answer(): Answer {
    const { contentType, answer, answerHeaders, isStream } = this.fixture
    const headers = { ...answerHeaders, 'content-type': contentType, 'x-request-id': 'req-1' }
    if (!isStream) return { headers, chunks: [answer] }
    return { headers, chunks: framesOf(this.fixture), pauseMs: 1 }
  }

  /** The beginning of a streamed answer, in one go. */
  get beginning(): Answer {
    const { headers, chunks = [] } = this.answer
    return { ...(headers && { headers }), chunks: chunks.slice(0, Math.ceil(chunks.length / 2)) }
  }
}

/** The answer's words as the subject reads them. */
function wordsOf<C>(subject: ClientSubject<C>, output: unknown): string {
  if (output === undefined) return ''
  return subject.text ? subject.text(output) : textOf(output)
}

/** Scenarios of calls that answer in one piece. */
export function plainScenarios<C>(
  caller: Caller<C>,
  server: () => FakeServer
): SharedScenario<C>[] {
  const { answer, words } = caller
  const whole = { text: words, whole: true }
  const run = (client: C) => caller.run(client)
  const complete = { stage: 'complete' } as const
  return [
    { name: 'plain', answers: [answer], run, expectation: complete, words: whole },
    {
      name: 'frozen parameters',
      answers: [answer],
      run: (client) => caller.run(client, undefined, deepFreeze(caller.params())),
      expectation: complete,
      words: whole
    },
    { name: 'wrapped twice', answers: [answer], run, twice: true, expectation: complete },
    { name: 'the log is closed', answers: [answer], run, closed: true, expectation: { calls: 0 } },
    {
      name: 'never awaited',
      answers: [answer],
      async run(client) {
        void caller.run(client)
        await until(() => server().requests.some(({ ended }) => ended))
        await sleep(5)
      },
      leavesOpen: true,
      expectation: { stage: ['complete', 'abandoned'] }
    },
    {
      name: 'the signal aborts before the answer',
      answers: [{ before: 'hang' }],
      async run(client) {
        const stop = new AbortController()
        void until(() => server().requests.length > 0).then(() => stop.abort())
        return await caller.run(client, stop.signal)
      },
      expectation: { stage: 'cancelled', by: 'signal' }
    },
    {
      name: 'a signal of another realm aborts before the answer',
      answers: [{ before: 'hang' }],
      async run(client) {
        const signal = new SignalOfAnotherRealm()
        void until(() => server().requests.length > 0).then(() => signal.abort())
        return await caller.run(client, signal as never)
      },
      expectation: { stage: 'cancelled', by: 'signal' }
    }
  ]
}

/** As of jsdom, of a context of `node:vm`, or of a package for old runtimes. */
class SignalOfAnotherRealm extends EventTarget {
  aborted = false
  reason: unknown

  abort(): void {
    this.aborted = true
    this.reason = new DOMException('This operation was aborted', 'AbortError')
    this.dispatchEvent(new Event('abort'))
  }

  throwIfAborted(): void {
    if (this.aborted) throw this.reason
  }
}

/** Scenarios in which the server, or the way to it, fails. */
export function failureScenarios<C>(
  caller: Caller<C>,
  subject: ClientSubject<C>
): SharedScenario<C>[] {
  const run = (client: C) => caller.run(client)
  const { answer, words } = caller
  const error = { stage: 'error' } as const
  const limited = refusalOf(subject, 429)
  const failing = (status: number): SharedScenario<C> => ({
    name: `status ${status}`,
    answers: [refusalOf(subject, status)],
    run,
    expectation: error,
    check: (calls) => expect(calls[0]?.record.outcome?.status).toBe(status)
  })
  const scenarios: SharedScenario<C>[] = [
    { name: 'nobody listens', answers: [], run, refused: true, expectation: error },
    {
      name: 'the connection dies before the answer',
      answers: [{ before: 'destroy' }],
      run,
      expectation: error
    },
    {
      name: 'the connection dies within the answer',
      answers: [{ chunks: ['{"half'], after: 'destroy' }],
      run,
      expectation: error
    },
    failing(429),
    failing(500),
    {
      name: 'the answer is not JSON',
      answers: [{ chunks: ['<html>busy</html>'] }],
      run,
      expectation: { stage: 'error', type: 'malformed_response' }
    }
  ]
  if (!subject.retries) return scenarios
  const retried: SharedScenario<C> = {
    name: '429 twice, then an answer',
    answers: [limited, limited, answer],
    run,
    retries: 2,
    expectation: { stage: 'complete' },
    words: { text: words, whole: true },
    check(calls) {
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([429, 429, 200])
    }
  }
  return [...scenarios, retried]
}

/** A refusal after which a client may try again at once. */
export function refusalOf<C>(subject: ClientSubject<C>, status: number): Answer {
  const headers = { 'retry-after-ms': '1', 'retry-after': '0', 'x-request-id': 'req-0' }
  return { status, headers, chunks: [JSON.stringify(subject.refusal ?? REFUSAL)] }
}

const REFUSAL = { error: { type: 'rate_limit_error', code: 'slow_down', message: 'too fast' } }

/** Checks the calls of a scenario, and how many requests they took, against what is expected. */
export function checkCalls<C>(
  subject: ClientSubject<C>,
  scenario: SharedScenario<C>,
  calls: AuditedCall[],
  requests: number
): void {
  const expectation = { ...scenario.expectation, ...subject.expected?.[scenario.name] }
  // A client that is lazy sends nothing while nobody takes its answer.
  const usual = scenario.leavesOpen ? Math.min(1, requests) : 1
  const { calls: count = usual, stage, by, type } = expectation
  expect(calls).toHaveLength(count)
  const [call] = calls
  if (call === undefined) return
  const { outcome } = call.record
  if (stage !== undefined) expect([stage].flat()).toContain(call.stage)
  if (by !== undefined) expect([by].flat()).toContain(outcome?.by)
  if (type !== undefined) expect(outcome?.type).toBe(type)
  const { words } = scenario
  if (words === undefined) return
  const said = wordsOf(subject, call.contents.output)
  if (words.whole) expect(said).toBe(words.text())
  else expect(words.text().startsWith(said), `"${said}" begins the answer`).toBe(true)
}

/** Waits for something: for so many turns of the loop, of two milliseconds each, at most. */
export async function until(holds: () => boolean, turns = 1_000): Promise<void> {
  for (let turn = 0; turn < turns && !holds(); turn++) await sleep(2)
}

/** What an application has seen of a stream, and the error that ended it. */
export async function seenUntilError(run: (seen: unknown[]) => Promise<unknown>) {
  const seen: unknown[] = []
  try {
    await run(seen)
    return { seen }
  } catch (error) {
    return { seen, error: describeError(error) }
  }
}
