import { textOf } from '@slm-audit/core/reader'
import { collect, outcomeOf } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { recorded, tells } from './recorded.ts'
import type { Scenario } from './scenario.ts'

const params = { model: 'gpt-5-mini', input: 'Weather in Rome and Oslo?' }
const plain = recorded('responses', 'response.json')
const streamed = recorded('responses-streamed', 'chunks.txt')
const events = String(streamed.chunks?.[0]).split(/(?<=\n\n)/)
const FAILED = `event: response.failed\ndata: ${JSON.stringify({
  type: 'response.failed',
  response: {
    id: 'resp_01',
    object: 'response',
    status: 'failed',
    output: [],
    error: { code: 'server_error', message: 'The model crashed.' }
  }
})}\n\n`
const queued = recorded('responses-background', 'response.json')

/** What applications do with responses, each against the unwrapped client. */
export const responsesScenarios: readonly Scenario[] = [
  {
    name: 'responses.stream() helper: events and final response',
    answers: [streamed],
    async run(client) {
      const seen: unknown[] = []
      const stream = client.responses.stream(params)
      stream.on('response.output_text.delta', (event) => seen.push(structuredClone(event)))
      return [await stream.finalResponse(), seen]
    },
    check: tells('chat complete')
  },
  {
    name: 'responses.parse()',
    answers: [plain],
    run: (client) =>
      client.responses.parse({
        ...params,
        text: { format: { type: 'json_schema', name: 'x', schema: { type: 'object' } } }
      }),
    check: tells('chat complete')
  },
  {
    name: 'responses: breaking off at the last event',
    answers: [{ ...streamed, after: 'hang' }],
    async run(client) {
      const seen: unknown[] = []
      for await (const event of await client.responses.create({ ...params, stream: true })) {
        seen.push(event.type)
        if (event.type === 'response.completed') break
      }
      return seen
    },
    check: tells('chat complete')
  },
  {
    name: 'responses: failing in mid-stream',
    answers: [{ ...streamed, chunks: [...events.slice(0, 12), FAILED] }],
    run: (client) =>
      outcomeOf(async () => collect(await client.responses.create({ ...params, stream: true }))),
    check(calls) {
      tells('chat error')(calls)
      expect(calls[0]?.record.outcome).toEqual({ code: 'server_error' })
      expect(calls[0]?.record.response?.finish).toEqual(['error'])
      expect(calls[0]?.contents.error).toBe('The model crashed.')
      expect(textOf(calls[0]?.contents.output)).toContain('I will look ')
    }
  },
  {
    name: 'responses: an error event',
    answers: [
      {
        ...streamed,
        chunks: [
          ...events.slice(0, 6),
          'event: error\ndata: {"type":"error","code":"rate_limit","message":"Slow down","param":null}\n\n'
        ]
      }
    ],
    run: (client) =>
      outcomeOf(async () => collect(await client.responses.create({ ...params, stream: true }))),
    check(calls) {
      tells('chat error')(calls)
      expect(calls[0]?.record.outcome?.code).toBe('rate_limit')
      expect(calls[0]?.contents.reasoning).toBe('Two cities, two calls.')
    }
  },
  {
    name: 'responses in the background, streamed: left, and taken up again',
    answers: [
      { ...streamed, chunks: events.slice(0, 12), after: 'hang' },
      { ...streamed, chunks: events.slice(5) }
    ],
    async run(client) {
      const seen: unknown[] = []
      const asked = { ...params, background: true, stream: true } as const
      for await (const event of await client.responses.create(asked))
        if (seen.push(event) === 5) break
      const query = { stream: true, starting_after: 4 } as const
      return [seen, await collect(await client.responses.retrieve('resp_01', query))]
    },
    check(calls) {
      tells('chat cancelled', 'retrieve complete')(calls)
      const [left, taken] = calls.map(({ record }) => record)
      expect(left?.outcome?.by).toBe('consumer')
      expect(taken?.call).toMatchObject({
        stream: true
      })
      expect(calls[1]?.contents.settings).toEqual({ response_id: 'resp_01', starting_after: '4' })
      expect(left?.response?.id).toBe(taken?.response?.id)
      expect(textOf(calls[1]?.contents.output)).toContain('I will look at both é😀.')
    }
  },
  {
    name: 'responses in the background: created, looked at, cancelled',
    answers: [queued, queued, recorded('responses-retrieved', 'response.json'), queued],
    async run(client) {
      const { id } = await client.responses.create({ ...params, background: true })
      const first = await client.responses.retrieve(id)
      const second = await client.responses.retrieve(id)
      return [first.status, second.output_text, (await client.responses.cancel(id)).status]
    },
    check(calls) {
      tells('chat complete', 'retrieve complete', 'retrieve complete', 'cancel complete')(calls)
      expect(calls.map(({ record }) => record.response?.details?.status)).toEqual([
        'queued',
        'queued',
        'completed',
        'queued'
      ])
      expect(calls[2]?.record.response?.id).toBe('resp_bg')
    }
  }
]
