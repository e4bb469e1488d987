import { collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { helpersOf } from './clients.ts'
import { ended, hanging, one, params, type Scenario, stream, textOf } from './scenario.ts'

export const streamScenarios: readonly Scenario[] = [
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
    name: 'an error behind the end mark, which the client does not read',
    answers: [
      {
        ...stream,
        chunks: [`${stream.chunks?.join('')}data: {"error":{"message":"gone"}}\n\n`]
      }
    ],
    async run(client) {
      return collect(await client.chat.completions.create({ ...params, stream: true }))
    },
    check: ended('complete', 'abcde')
  },
  {
    name: '.stream() helper: events and final message',
    answers: [stream],
    async run(client) {
      const events: unknown[] = []
      const runner = helpersOf(client).stream(params)
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
    givesUp: true,
    run: (client) =>
      outcomeOf(
        () => client.chat.completions.create(params, { timeout: 40, maxRetries: 0 }) as never
      ),
    check: ended('cancelled', undefined, 'timeout')
  }
]
