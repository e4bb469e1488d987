import { expect } from 'vitest'
import {
  caught,
  chunk,
  collect,
  ended,
  hanging,
  one,
  params,
  type Scenario,
  stream,
  textOf,
  words
} from './scenario.ts'

export const streamScenarios: readonly Scenario[] = [
  {
    name: 'stream, read to the end',
    answers: [stream],
    run: async (client) =>
      collect(await client.chat.completions.create({ ...params, stream: true })),
    check(calls) {
      ended('complete', 'abcde')(calls)
      expect(calls[0]?.record.timing?.chunks).toBeGreaterThan(1)
    }
  },
  {
    name: 'stream .withResponse()',
    answers: [stream],
    async run(client) {
      const { data, response } = await client.chat.completions
        .create({ ...params, stream: true })
        .withResponse()
      return [response.headers.get('x-request-id'), await collect(data)]
    },
    check: ended('complete', 'abcde')
  },
  {
    name: '.stream() helper: events and final message',
    answers: [stream],
    async run(client) {
      const events: unknown[] = []
      const runner = client.chat.completions.stream(params)
      runner.on('content', (delta, snapshot) => events.push([delta, snapshot]))
      return [await runner.finalContent(), events]
    },
    check: ended('complete', 'abcde')
  },
  {
    name: 'stream .tee()',
    answers: [stream],
    async run(client) {
      const [left, right] = (
        await client.chat.completions.create({ ...params, stream: true })
      ).tee()
      return Promise.all([collect(left), collect(right)])
    },
    check: ended('complete', 'abcde')
  },
  {
    name: 'stream .toReadableStream()',
    answers: [stream],
    async run(client) {
      const answer = await client.chat.completions.create({ ...params, stream: true })
      return collect(answer.toReadableStream() as unknown as AsyncIterable<unknown>)
    },
    check: ended('complete', 'abcde')
  },
  {
    name: 'break after two chunks',
    answers: [{ ...stream, chunks: [...words, ...words].map((word) => chunk(word)), pauseMs: 15 }],
    async run(client) {
      const seen: unknown[] = []
      for await (const item of await client.chat.completions.create({ ...params, stream: true })) {
        if (seen.push(item) === 2) break
      }
      return seen
    },
    check: ended('cancelled', 'ab', 'consumer')
  },
  {
    name: 'the consumer throws',
    answers: [{ ...stream, pauseMs: 15 }],
    run: (client) =>
      caught(async () => {
        for await (const _item of await client.chat.completions.create({
          ...params,
          stream: true
        })) {
          throw new RangeError('mine')
        }
      }),
    check: ended('cancelled', 'a', 'consumer')
  },
  {
    name: 'the signal aborts in mid-stream',
    answers: [hanging],
    async run(client) {
      const stop = new AbortController()
      const seen: unknown[] = []
      const error = await caught(async () => {
        const answer = await client.chat.completions.create(
          { ...params, stream: true },
          { signal: stop.signal }
        )
        for await (const item of answer) if (seen.push(item) === 2) stop.abort()
      })
      return [seen, error]
    },
    check: ended('cancelled', 'ab', 'signal')
  },
  {
    name: 'the signal aborts before the answer',
    answers: [{ before: 'hang' }],
    async run(client) {
      const stop = new AbortController()
      setTimeout(() => stop.abort(), 20)
      return caught(() => client.chat.completions.create(params, { signal: stop.signal }) as never)
    },
    check: ended('cancelled', undefined, 'signal')
  },
  {
    name: 'stream.controller.abort()',
    answers: [hanging],
    async run(client) {
      const answer = await client.chat.completions.create({ ...params, stream: true })
      const seen: unknown[] = []
      for await (const item of answer) if (seen.push(item) === 2) answer.controller.abort()
      return seen
    },
    check(calls) {
      const call = one(calls)
      expect([call.stage, textOf(call)]).toEqual(['cancelled', 'ab'])
      // Majors differ in whether the abort or the end of reading reaches the wire first.
      expect(['signal', 'consumer']).toContain(call.record.outcome?.by)
    }
  },
  {
    name: "the client's own timeout",
    answers: [{ before: 'hang' }],
    run: (client) =>
      caught(() => client.chat.completions.create(params, { timeout: 40, maxRetries: 0 }) as never),
    check: ended('cancelled', undefined, 'timeout')
  }
]
