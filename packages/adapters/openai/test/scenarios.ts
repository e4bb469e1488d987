import type { AuditedCall } from '@slm-audit/core'
import type { Answer } from '@slm-audit/testing'
import type OpenAI from 'openai'
import { expect } from 'vitest'

type Client = OpenAI

/** Something that an application does with a client, what the server answers, what the log holds. */
export interface Scenario {
  readonly name: string
  readonly answers: readonly Answer[]
  /** Returns what the application sees; it must be equal with and without the log. */
  run(client: Client): Promise<unknown>
  /** Checks the calls recorded. */
  check(calls: AuditedCall[]): void
}

const model = 'm'
const messages = [{ role: 'user' as const, content: 'hi' }]
const params = { model, messages }
const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

const body = (content: string) =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm-1',
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }
    ],
    usage
  })
const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm-1',
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason }]
  })}\n\n`

const sse = { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' }
const plain: Answer = { headers: { 'x-request-id': 'req-1' }, chunks: [body('yes')] }
const words = ['a', 'b', 'c', 'd', 'e']
const stream: Answer = {
  headers: sse,
  chunks: [...words.map((word) => chunk(word)), chunk('', 'stop'), 'data: [DONE]\n\n'],
  pauseMs: 5
}
const dying: Answer = {
  ...stream,
  chunks: words.slice(0, 3).map((word) => chunk(word)),
  then: 'destroy',
  pauseMs: 15
}
const hanging: Answer = {
  ...stream,
  chunks: words.slice(0, 2).map((word) => chunk(word)),
  then: 'hang'
}
const limited: Answer = {
  status: 429,
  headers: { 'retry-after-ms': '1', 'x-request-id': 'req-0' },
  chunks: ['{"error":{"type":"rate_limit_error","code":"slow_down","message":"too fast"}}']
}

const textOf = (call: AuditedCall | undefined) =>
  (call?.contents.output as { message: { content: string } }[] | undefined)?.[0]?.message.content

/** What a thrown error shows to the application. */
async function caught(run: () => Promise<unknown>): Promise<unknown> {
  try {
    return await run()
  } catch (error) {
    const { message, status, code, type, requestID, cause } = error as Error & {
      status?: number
      code?: string
      type?: string
      requestID?: string
    }
    const below = cause instanceof Error ? `${cause.name}: ${cause.message}` : cause
    return {
      thrown: (error as Error).constructor.name,
      message,
      status,
      code,
      type,
      requestID,
      below
    }
  }
}

async function collect(source: AsyncIterable<unknown>, into: unknown[] = []): Promise<unknown[]> {
  for await (const item of source) into.push(item)
  return into
}

const one = (calls: AuditedCall[]): AuditedCall => {
  expect(calls).toHaveLength(1)
  return calls[0] as AuditedCall
}
const ended = (stage: string, text?: string, by?: string) => (calls: AuditedCall[]) => {
  const call = one(calls)
  expect([call.stage, textOf(call), call.record.outcome?.by]).toEqual([stage, text, by])
}

export const scenarios: readonly Scenario[] = [
  {
    name: 'plain',
    answers: [plain],
    run: (client) => client.chat.completions.create(params),
    check(calls) {
      const call = one(calls)
      expect(textOf(call)).toBe('yes')
      expect(call.record.response).toMatchObject({
        requestId: 'req-1',
        usage: { inputTokens: 3, outputTokens: 2 }
      })
      expect(call.contents.input).toEqual(messages)
      expect(call.record.call?.client?.name).toBe('OpenAI/JS')
    }
  },
  {
    name: '.withResponse()',
    answers: [plain],
    async run(client) {
      const { data, response, request_id } = await client.chat.completions
        .create(params)
        .withResponse()
      return { data, status: response.status, request_id, url: response.url.length > 0 }
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.asResponse(), body read by the application',
    answers: [plain],
    async run(client) {
      const response = await client.chat.completions.create(params).asResponse()
      return [
        response.constructor.name,
        response.bodyUsed,
        await response.text(),
        response.bodyUsed
      ]
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.asResponse(), cloned and read twice',
    answers: [plain],
    async run(client) {
      const response = await client.chat.completions.create(params).asResponse()
      return [await response.clone().json(), await response.text()]
    },
    check: ended('complete', 'yes')
  },
  {
    name: '.parse()',
    answers: [{ ...plain, chunks: [body('{"a":1}')] }],
    async run(client) {
      const schema = { name: 'x', schema: { type: 'object' } }
      const response_format = { type: 'json_schema' as const, json_schema: schema }
      return client.chat.completions.parse({ ...params, response_format })
    },
    check: ended('complete', '{"a":1}')
  },
  {
    name: 'frozen parameters',
    answers: [plain],
    run: (client) =>
      client.chat.completions.create(
        Object.freeze({ model, messages: Object.freeze([Object.freeze(messages[0])]) as never })
      ),
    check: ended('complete', 'yes')
  },
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
  },
  {
    name: 'the connection dies in mid-stream',
    answers: [dying],
    async run(client) {
      const seen: unknown[] = []
      const error = await caught(async () => {
        await collect(await client.chat.completions.create({ ...params, stream: true }), seen)
      })
      return [seen, error]
    },
    check(calls) {
      ended('error', 'abc')(calls)
      expect(calls[0]?.record.outcome?.type).toBe('TypeError')
    }
  },
  {
    name: 'the connection dies before the answer',
    answers: [{ before: 'destroy' }],
    run: (client) =>
      caught(() => client.chat.completions.create(params, { maxRetries: 0 }) as never),
    check: ended('error')
  },
  ...[false, true].map((streamed) => ({
    name: `429 without retries${streamed ? ', stream' : ''}`,
    answers: [limited],
    run: (client: Client) =>
      caught(
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
    name: 'two 429 and then an answer: three attempts of one call',
    answers: [limited, limited, plain],
    run: (client) => client.chat.completions.create(params, { maxRetries: 2 }),
    check(calls) {
      ended('complete', 'yes')(calls)
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([429, 429, 200])
    }
  },
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
      caught(() => client.chat.completions.create(params, { maxRetries: 1 }) as never),
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
    run: (client) => caught(() => client.chat.completions.create(params) as never),
    check(calls) {
      expect(one(calls).record.outcome?.type).toBe('malformed_response')
      expect(calls[0]?.contents.output).toBe('<html>busy</html>')
    }
  },
  {
    name: 'an event that is not JSON',
    answers: [
      { headers: sse, chunks: [chunk('a'), 'data: {rubbish\n\n', chunk('b')], pauseMs: 10 }
    ],
    async run(client) {
      const seen: unknown[] = []
      const error = await caught(async () => {
        await collect(await client.chat.completions.create({ ...params, stream: true }), seen)
      })
      return [seen, (error as { thrown: string }).thrown]
    },
    check: (calls) => expect(textOf(one(calls))).toBe('a')
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
      caught(async () =>
        collect(await client.chat.completions.create({ ...params, stream: true }))
      ),
    check(calls) {
      const call = one(calls)
      expect([textOf(call), call.contents.error]).toEqual(['a', 'overloaded'])
    }
  },
  {
    name: 'iterated twice',
    answers: [stream],
    run: (client) =>
      caught(async () => {
        const answer = await client.chat.completions.create({ ...params, stream: true })
        await collect(answer)
        await collect(answer)
      }),
    check: ended('complete', 'abcde')
  },
  {
    name: 'other methods, class and derived clients',
    answers: [{ chunks: ['{"object":"list","data":[]}'] }],
    async run(client) {
      const derived = client.withOptions({ timeout: 1234 })
      const list = await client.models.list()
      const posted = await client.post('/anything', { body: { a: 1 } })
      return [client.constructor.name, derived.timeout, derived.constructor.name, list.data, posted]
    },
    check: (calls) => expect(calls).toEqual([])
  },
  {
    name: 'a client derived by withOptions',
    answers: [limited, plain],
    run: (client) => client.withOptions({ maxRetries: 1 }).chat.completions.create(params),
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
