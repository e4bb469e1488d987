import type { AuditedCall } from '@slm-audit/core/reader'
import { collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import {
  type Client,
  chunk,
  ended,
  limited,
  one,
  params,
  plain,
  type Scenario,
  sse,
  stream,
  textOf
} from './scenario.ts'

export const failureScenarios: readonly Scenario[] = [
  ...[false, true].map((streamed) => ({
    name: `429 without retries${streamed ? ', stream' : ''}`,
    answers: [limited],
    run: (client: Client) =>
      outcomeOf(
        () =>
          client.chat.completions.create(
            { ...params, stream: streamed },
            { maxRetries: 0 }
          ) as never
      ),
    check(calls: AuditedCall[]) {
      const call = one(calls)
      expect(call.stage).toBe('error')
      expect(call.record.outcome).toEqual({
        status: 429,
        type: 'rate_limit_error',
        code: 'slow_down'
      })
      expect(call.contents.error).toBe('too fast')
      expect(call.record.response?.requestId).toBe('req-0')
    }
  })),
  {
    name: 'a dead connection and then an answer',
    answers: [{ before: 'destroy' }, plain],
    run: (client) => client.chat.completions.create(params, { maxRetries: 1 }),
    check(calls) {
      ended('complete', 'yes')(calls)
      expect(calls[0]?.record.attempts).toHaveLength(2)
    }
  },
  {
    name: '500 until the client gives up',
    answers: [{ status: 500, headers: { 'retry-after-ms': '1' }, chunks: ['oops'] }],
    run: (client) =>
      outcomeOf(() => client.chat.completions.create(params, { maxRetries: 1 }) as never),
    check(calls) {
      const call = one(calls)
      expect([call.stage, call.record.outcome?.status, call.contents.error]).toEqual([
        'error',
        500,
        'oops'
      ])
      expect(call.record.attempts).toHaveLength(2)
    }
  },
  {
    name: 'an answer that is not JSON',
    answers: [{ chunks: ['<html>busy</html>'] }],
    run: (client) => outcomeOf(() => client.chat.completions.create(params) as never),
    check(calls) {
      expect(one(calls).record.outcome?.type).toBe('malformed_response')
      expect(calls[0]?.contents.output).toBe('<html>busy</html>')
    }
  },
  {
    name: 'an event that is not JSON',
    answers: [{ headers: sse, chunks: [chunk('a'), 'data: {rubbish\n\n'], after: 'hang' }],
    async run(client) {
      const seen: unknown[] = []
      const error = await outcomeOf(async () => {
        await collect(await client.chat.completions.create({ ...params, stream: true }), seen)
      })
      return [seen, 'threw' in error]
    },
    check(calls) {
      const call = one(calls)
      expect([call.stage, textOf(call)]).toEqual(['error', 'a'])
      expect(call.record.outcome?.type).toBe('malformed_response')
    }
  },
  ...['{rubbish', '{"error":{"message":"overloaded","type":"server_error"}}'].map((bad) => ({
    name: `an event that the client throws at, with others behind it in the same piece: ${bad}`,
    answers: [
      {
        headers: sse,
        chunks: [chunk('a'), `data: ${bad}\n\n${chunk('b')}`],
        after: 'hang' as const
      }
    ],
    run: (client: Client) =>
      outcomeOf(async () =>
        collect(await client.chat.completions.create({ ...params, stream: true }))
      ),
    check: (calls: AuditedCall[]) => expect(one(calls).stage).toBe('error')
  })),
  {
    name: 'a status without a body',
    answers: [{ status: 204 }],
    run: (client) => client.chat.completions.create(params),
    check(calls) {
      const call = one(calls)
      expect([call.stage, call.contents.output]).toEqual(['complete', undefined])
    }
  },
  {
    name: 'an error event in mid-stream',
    answers: [
      {
        headers: sse,
        chunks: [chunk('a'), 'data: {"error":{"message":"overloaded","type":"server_error"}}\n\n']
      }
    ],
    run: (client) =>
      outcomeOf(async () =>
        collect(await client.chat.completions.create({ ...params, stream: true }))
      ),
    check(calls) {
      const call = one(calls)
      expect([call.stage, textOf(call), call.contents.error]).toEqual(['error', 'a', 'overloaded'])
    }
  },
  {
    name: 'iterated twice',
    answers: [stream],
    run: (client) =>
      outcomeOf(async () => {
        const answer = await client.chat.completions.create({ ...params, stream: true })
        await collect(answer)
        await collect(answer)
      }),
    check: ended('complete', 'abcde')
  },
  {
    name: 'class, options and other methods',
    answers: [{ chunks: ['{"object":"list","data":[]}'] }],
    async run(client) {
      const list = await client.models.list()
      const posted = await client.post('/anything', { body: { a: 1 } })
      const { constructor: Class, baseURL, apiKey, maxRetries, timeout } = client
      const options = [baseURL.replace(/\d+/g, ''), apiKey, maxRetries, timeout]
      const kinds = [Class, 'withOptions' in client, client instanceof Class]
      return [kinds, options, list.data, posted]
    },
    check: (calls) => expect(calls).toEqual([])
  },
  {
    name: 'a client derived by withOptions',
    answers: [limited, plain],
    async run(client) {
      const derived = client.withOptions({ maxRetries: 1, timeout: 123_400 })
      const answer = await derived.chat.completions.create(params)
      return [answer, derived.timeout, derived.constructor]
    },
    check(calls) {
      ended('complete', 'yes')(calls)
      expect(calls[0]?.record.attempts).toHaveLength(2)
    }
  },
  {
    name: 'two calls at once, one of them retried',
    answers: [limited, plain],
    run: (client) =>
      Promise.all([
        client.chat.completions.create(params, { maxRetries: 1 }),
        client.chat.completions.create(params, { maxRetries: 1 })
      ]),
    check(calls) {
      expect(calls.map(({ stage }) => stage)).toEqual(['complete', 'complete'])
      expect(calls.map(({ record }) => record.attempts?.length ?? 1).sort()).toEqual([1, 2])
    }
  }
]
