import type { AuditedCall } from '@slm-audit/core/reader'
import { collect } from '@slm-audit/testing/conformance'
import { expect } from 'vitest'
import { recorded } from './recorded.ts'
import { one, params, type Scenario, sse, usage } from './scenario.ts'

interface Choice {
  readonly index?: number
  readonly delta?: object
  readonly logprobs?: object
  readonly finish_reason?: string
}

const event = (body: object) =>
  `data: ${JSON.stringify({ id: 'c1', object: 'chat.completion.chunk', created: 1, model: 'm-1', ...body })}\n\n`
const piece = ({ index = 0, delta = {}, finish_reason, ...choice }: Choice) =>
  event({ choices: [{ index, delta, ...choice, finish_reason: finish_reason ?? null }] })
const stop = (index = 0, finish_reason = 'stop') => piece({ index, finish_reason })
const DONE = 'data: [DONE]\n\n'

/** A stream of such chunks, which the application takes whole. */
const streamed = (
  name: string,
  chunks: readonly string[],
  check: (call: AuditedCall) => void
): Scenario => ({
  name,
  answers: [{ headers: sse, chunks: [...chunks, DONE], pauseMs: 1 }],
  run: async (client) => collect(await client.chat.completions.create({ ...params, stream: true })),
  check(calls) {
    expect(one(calls).stage).toBe('complete')
    check(one(calls))
  }
})

const outputs = ({ contents }: AuditedCall) => contents.output as readonly { message: object }[]

const interleaved = streamed(
  'stream: n=2, the choices interleaved',
  [
    piece({ index: 0, delta: { role: 'assistant', content: 'Sun' } }),
    piece({ index: 1, delta: { role: 'assistant', content: 'Ra' } }),
    piece({ index: 1, delta: { content: 'in é' } }),
    piece({ index: 0, delta: { content: 'ny 😀' } }),
    stop(1, 'length'),
    piece({ index: 0, delta: { content: '.' } }),
    stop(0)
  ],
  (call) => {
    expect(outputs(call).map(({ message }) => message)).toEqual([
      { role: 'assistant', content: 'Sunny 😀.' },
      { role: 'assistant', content: 'Rain é' }
    ])
    expect(call.record.response?.finishReasons).toEqual(['stop', 'length'])
  }
)

const toolPiece = (index: number, rest: object) => ({ tool_calls: [{ index, ...rest }] })
const named = (id: string) => ({
  id,
  type: 'function',
  function: { name: 'weather', arguments: '' }
})
const more = (text: string) => ({ function: { arguments: text } })

const parallelTools = streamed(
  'stream: two tool calls at once, interleaved',
  [
    piece({ delta: { role: 'assistant', content: null } }),
    piece({ delta: toolPiece(0, named('call_a')) }),
    piece({ delta: toolPiece(1, named('call_b')) }),
    piece({ delta: toolPiece(1, more('{"city":')) }),
    piece({ delta: toolPiece(0, more('{"city":"R')) }),
    piece({ delta: toolPiece(1, more('"Oslo"}')) }),
    piece({ delta: toolPiece(0, more('ome"}')) }),
    stop(0, 'tool_calls')
  ],
  (call) => {
    const asked = (id: string, city: string) => ({
      id,
      type: 'function',
      function: { name: 'weather', arguments: JSON.stringify({ city }) }
    })
    expect(outputs(call)[0]?.message).toEqual({
      role: 'assistant',
      content: null,
      tool_calls: [asked('call_a', 'Rome'), asked('call_b', 'Oslo')]
    })
    expect(call.record.response).toMatchObject({
      finishReasons: ['tool_calls'],
      toolCalls: [
        { id: 'call_a', name: 'weather' },
        { id: 'call_b', name: 'weather' }
      ]
    })
  }
)

const usageLast = streamed(
  'stream: usage in a chunk of its own at the end',
  [
    piece({ delta: { role: 'assistant', content: 'yes' } }),
    stop(),
    event({
      choices: [],
      usage: {
        ...usage,
        prompt_tokens_details: { cached_tokens: 1 },
        completion_tokens_details: { reasoning_tokens: 2 }
      }
    })
  ],
  ({ record }) =>
    expect(record.response?.usage).toMatchObject({
      inputTokens: 3,
      outputTokens: 2,
      totalTokens: 5,
      cacheReadTokens: 1,
      reasoningTokens: 2,
      raw: usage
    })
)

const reasons = ['reasoning_content', 'reasoning'].map((member) =>
  streamed(
    `stream: reasoning in pieces, as ${member}`,
    [
      piece({ delta: { role: 'assistant', content: null } }),
      piece({ delta: { [member]: 'Two ' } }),
      piece({ delta: { [member]: 'cities.' } }),
      piece({ delta: { content: 'Sunny.' } }),
      stop()
    ],
    (call) => {
      expect(outputs(call)[0]?.message).toMatchObject({
        content: 'Sunny.',
        [member]: 'Two cities.'
      })
      expect(call.contents.reasoning).toBe('Two cities.')
      expect(call.record.reasoning).toMatchObject({ source: member, blocks: 1, characters: 11 })
    }
  )
)

const token = (text: string, logprob: number, top: readonly object[] = []) => ({
  content: [{ token: text, logprob, bytes: null, top_logprobs: top }],
  refusal: null
})

const logprobs = streamed(
  'stream: probabilities of each token',
  [
    piece({ delta: { role: 'assistant', content: '' } }),
    piece({
      delta: { content: 'Sun' },
      logprobs: token('Sun', -0.5, [{ token: 'Rain', logprob: -1 }])
    }),
    piece({ delta: { content: 'ny' }, logprobs: token('ny', -0.25) }),
    piece({ delta: { content: '.' }, logprobs: token('.', -0.75) }),
    stop()
  ],
  ({ contents, record }) => {
    expect(contents.logprobs).toEqual([
      { token: 'Sun', logprob: -0.5, top: [{ token: 'Rain', logprob: -1 }] },
      { token: 'ny', logprob: -0.25 },
      { token: '.', logprob: -0.75 }
    ])
    expect(record.confidence).toMatchObject({ tokens: 3, meanLogprob: -0.5, minLogprob: -0.75 })
  }
)

/** What answers hold, each against the unwrapped client. */
export const answerScenarios: readonly Scenario[] = [
  {
    name: 'n=2, with probabilities and a seed',
    answers: [recorded('plain', 'response.json')],
    run: (client) =>
      client.chat.completions.create({
        ...params,
        n: 2,
        logprobs: true,
        top_logprobs: 2,
        seed: 42
      }),
    check(calls) {
      const call = one(calls)
      expect(call.record.call?.settings).toEqual({
        n: 2,
        logprobs: true,
        top_logprobs: 2,
        seed: 42
      })
      expect(outputs(call).map(({ message }) => message)).toMatchObject([
        { content: 'Sunny é😀.' },
        { content: 'Rain.' }
      ])
      expect(call.record).toMatchObject({
        confidence: { tokens: 4, minLogprob: -0.5 },
        response: { fingerprint: 'fp_1', finishReasons: ['stop', 'length'] }
      })
    }
  },
  interleaved,
  parallelTools,
  usageLast,
  ...reasons,
  logprobs
]
