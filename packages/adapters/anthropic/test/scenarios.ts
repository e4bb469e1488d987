import { readFileSync } from 'node:fs'
import type Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import { BetaFallbackState, betaRefusalFallbackMiddleware } from '@anthropic-ai/sdk/lib/middleware'
import type { AuditedCall } from '@slm-audit/core/reader'
import { textOf } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import { type ClientScenario, collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'

type Scenario = ClientScenario<Anthropic>

const messages = [{ role: 'user' as const, content: 'hi' }]
const params = { model: 'claude-sonnet-5-2', max_tokens: 64, messages }

const recorded = (name: string, file: string, type: string): Answer => ({
  headers: { 'content-type': type, 'request-id': 'req_1' },
  chunks: [readFileSync(new URL(`../fixtures/${name}/${file}`, import.meta.url))]
})
const plain = recorded('plain', 'response.json', 'application/json')
const streamed = recorded('streamed', 'chunks.txt', 'text/event-stream')
const refusal: Answer = {
  chunks: [
    JSON.stringify({
      type: 'message',
      role: 'assistant',
      model: params.model,
      content: [],
      stop_reason: 'refusal',
      stop_details: {
        type: 'refusal',
        category: 'bio',
        explanation: null,
        fallback_credit_token: 'secret-credit',
        fallback_has_prefill_claim: false
      },
      usage: { input_tokens: 9, output_tokens: 0 }
    })
  ]
}
/** The first events of the stream: two pieces of thinking. */
const beginning = String(streamed.chunks?.[0])
  .split(/(?<=\n\n)/)
  .slice(0, 5)

const stages = (calls: readonly AuditedCall[]) => calls.map(({ stage }) => stage)
const oneOf =
  (operation: string, words: string) =>
  (calls: AuditedCall[]): void => {
    expect(calls.map(({ stage, record }) => [stage, record.call?.operation])).toEqual([
      ['complete', operation]
    ])
    expect(textOf(calls[0]?.contents.output)).toContain(words)
  }

/** What applications do with this client alone. */
export const scenarios: readonly Scenario[] = [
  {
    name: '.stream() helper: events and final message',
    answers: [streamed],
    async run(client) {
      const events: unknown[] = []
      const stream = client.messages.stream(params)
      for (const name of ['text', 'thinking', 'inputJson', 'contentBlock'] as const) {
        stream.on(name, (...values: unknown[]) => events.push([name, structuredClone(values)]))
      }
      return [await stream.finalMessage(), events]
    },
    check: oneOf('chat', 'I will look')
  },
  {
    name: '.stream() helper: aborted',
    answers: [{ ...streamed, chunks: beginning, after: 'hang' }],
    async run(client) {
      const stream = client.messages.stream(params)
      stream.on('thinking', () => stream.abort())
      return outcomeOf(() => stream.done())
    },
    check: (calls) => expect(stages(calls)).toEqual(['cancelled'])
  },
  {
    name: 'an event without a name that is no JSON, which the client passes over',
    answers: [{ ...streamed, chunks: ['data: upstream is slow\n\n', ...(streamed.chunks ?? [])] }],
    run: async (client) => collect(await client.messages.create({ ...params, stream: true })),
    check(calls) {
      oneOf('chat', 'I will look')(calls)
      expect(calls[0]?.contents.rest).toBe('upstream is slow')
    }
  },
  {
    name: 'beta.messages, plain',
    answers: [recorded('server-tools', 'response.json', 'application/json')],
    run: (client) => client.beta.messages.create({ ...params, betas: ['mcp-client-2025-04-04'] }),
    check(calls) {
      oneOf('chat', 'Still looking.')(calls)
      expect(calls[0]?.record.response).toMatchObject({ requestId: 'req_1', finish: ['pause'] })
      expect(calls[0]?.record.call?.settings).toMatchObject({
        'anthropic-version': expect.stringMatching(/^20/)
      })
      expect(calls[0]?.contents.settings).toMatchObject({
        'anthropic-beta': 'mcp-client-2025-04-04'
      })
    }
  },
  {
    name: 'beta.messages.stream() helper',
    answers: [streamed],
    run: (client) => client.beta.messages.stream(params).finalMessage(),
    check: oneOf('chat', 'I will look')
  },
  {
    name: 'messages.countTokens()',
    answers: [{ chunks: ['{"input_tokens":403}'] }],
    run: (client) => client.messages.countTokens({ model: 'm', messages }),
    check: (calls) => expect(calls[0]?.record.response?.usage?.inputTokens).toBe(403)
  },
  {
    name: 'messages.batches.create()',
    answers: [recorded('batch', 'response.json', 'application/json')],
    run: (client) => client.messages.batches.create({ requests: [{ custom_id: 'a', params }] }),
    check: (calls) => {
      expect(stages(calls)).toEqual(['complete'])
      expect(calls[0]?.contents.input).toEqual([{ custom_id: 'a', params }])
    }
  },
  {
    name: 'messages.batches.results()',
    answers: [
      {
        chunks: ['{"results_url":"/v1/messages/batches/msgbatch_01/results"}']
      },
      recorded('batch-results', 'chunks.ndjson', 'application/x-jsonl')
    ],
    run: async (client) => collect(await client.messages.batches.results('msgbatch_01')),
    check: oneOf('batch_results', 'second answer')
  },
  {
    name: '.withResponse() and .asResponse()',
    answers: [plain],
    async run(client) {
      const { data, response, request_id } = await client.messages.create(params).withResponse()
      const raw = await client.messages.create(params).asResponse()
      return [data, response.status, request_id, await raw.clone().text(), await raw.json()]
    },
    check: (calls) => expect(stages(calls)).toEqual(['complete', 'complete'])
  },
  {
    name: 'stream .tee() and .toReadableStream()',
    answers: [streamed],
    async run(client) {
      const [left, right] = (await client.messages.create({ ...params, stream: true })).tee()
      return [
        await Promise.all([collect(left), collect(right)]),
        await collect(
          (
            await client.messages.create({ ...params, stream: true })
          ).toReadableStream() as unknown as AsyncIterable<unknown>
        )
      ]
    },
    check: (calls) => expect(stages(calls)).toEqual(['complete', 'complete'])
  },
  {
    name: 'an error event in mid-stream',
    answers: [
      {
        ...streamed,
        chunks: [
          ...beginning,
          'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n'
        ]
      }
    ],
    run: (client) =>
      outcomeOf(async () => collect(await client.messages.create({ ...params, stream: true }))),
    check(calls) {
      expect(stages(calls)).toEqual(['error'])
      expect(calls[0]?.record.outcome?.type).toBe('overloaded_error')
      expect(calls[0]?.contents.error).toBe('Overloaded')
    }
  },
  {
    name: 'other methods, class and derived clients',
    answers: [{ chunks: ['{"data":[],"has_more":false}'] }],
    async run(client) {
      const derived = client.withOptions({ timeout: 123_400 })
      const list = await client.models.list()
      return [client.constructor.name, derived.timeout, derived.constructor.name, list.data]
    },
    check: (calls) => expect(calls).toEqual([])
  },
  {
    name: 'a client derived by withOptions',
    answers: [{ status: 529, headers: { 'retry-after-ms': '1' }, chunks: ['{}'] }, plain],
    run: (client) => client.withOptions({ maxRetries: 1 }).messages.create(params),
    check(calls) {
      expect(stages(calls)).toEqual(['complete'])
      expect(calls[0]?.record.attempts?.map(({ status }) => status)).toEqual([529, 200])
    }
  }
]

const weather = betaTool({
  name: 'weather',
  description: 'Weather of a city.',
  inputSchema: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  run: ({ city }) => `Sunny in ${city}`
})

/** What only the newest client has. */
export const newest: readonly Scenario[] = [
  {
    name: 'beta.messages.thread(): each turn is a call, with the messages that it sent',
    answers: [plain],
    async run(client) {
      const thread = client.beta.messages.thread({ model: params.model, max_tokens: 64 })
      const first = await thread.send({ role: 'user', content: 'one' })
      const second = await thread.send({ role: 'user', content: 'two' })
      return [first, second, thread.messages]
    },
    check(calls) {
      expect(calls.map(({ contents }) => textOf(contents.input))).toEqual(['one', 'two'])
      expect(calls[1]?.contents.settings).toMatchObject({ thread: { type: 'continue' } })
    }
  },
  {
    name: 'a refusal that the client answers from another model: a call for each of the two',
    answers: [refusal, plain],
    run(client) {
      const middleware = [betaRefusalFallbackMiddleware([{ model: 'claude-other' }])]
      const fallbackState = new BetaFallbackState()
      return client.withOptions({ middleware }).beta.messages.create(params, { fallbackState })
    },
    check(calls) {
      const finish = calls.map(({ record: { response, attempts } }) => [response?.finish, attempts])
      expect(finish).toEqual([
        [['content_filter'], undefined],
        [['stop'], undefined]
      ])
      expect(calls[1]?.record.call?.model).toBe('claude-other')
      expect(JSON.stringify(calls)).not.toContain('secret-credit')
    }
  },
  {
    name: 'beta.messages.toolRunner(): a call for each of its turns, a tool for each that it runs',
    answers: [streamed, streamed, plain],
    async run(client) {
      const runner = client.beta.messages.toolRunner({ ...params, tools: [weather], stream: true })
      const turns: unknown[] = []
      for await (const turn of runner) {
        turns.push(await turn.finalMessage())
        if (turns.length === 2) break
      }
      return turns
    },
    check(calls) {
      const of = (kind: string) => calls.filter(({ record }) => record.kind === kind)
      const [asked, ran] = [of('call'), of('tool')]
      expect(stages(asked)).toEqual(['complete', 'complete'])
      expect(textOf(asked[1]?.contents.input)).toContain('Sunny in Oslo')
      expect(stages(ran)).toEqual(['complete', 'complete'])
      expect(ran.map(({ record }) => record.parent)).toEqual([asked[0]?.auditId, asked[0]?.auditId])
    }
  }
]

/** What only the oldest client has. */
export const oldest: readonly Scenario[] = [
  {
    name: 'completions.create(), plain and streamed',
    answers: [
      recorded('completion', 'response.json', 'application/json'),
      recorded('completion-streamed', 'chunks.txt', 'text/event-stream')
    ],
    async run(client) {
      const { completions } = client as unknown as {
        readonly completions: { create(params: object): Promise<AsyncIterable<unknown>> }
      }
      const asked = { model: 'claude-2.1', max_tokens_to_sample: 32, prompt: 'Hello?' }
      const whole = await completions.create(asked)
      return [whole, await collect(await completions.create({ ...asked, stream: true }))]
    },
    check(calls) {
      expect(calls.map(({ stage, contents }) => [stage, contents.output])).toEqual([
        ['complete', ' Hello to you.'],
        ['complete', ' Hello to you.']
      ])
    }
  }
]
