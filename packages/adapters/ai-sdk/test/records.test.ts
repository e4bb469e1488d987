import { memoryLog } from '@slm-audit/testing'
import { generateText, streamText, ToolLoopAgent, wrapLanguageModel } from 'ai'
import { convertArrayToReadableStream, MockLanguageModelV4 } from 'ai/test'
import { describe, expect, test } from 'vitest'
import { auditMiddleware, auditTelemetry } from '../src/index.ts'

type Result = Awaited<ReturnType<MockLanguageModelV4['doGenerate']>>

const finishReason = { unified: 'stop', raw: 'stop' } as const
const usage = {
  inputTokens: { total: 3, noCache: 3, cacheRead: undefined, cacheWrite: undefined },
  outputTokens: { total: 2, text: 2, reasoning: undefined }
}
const logprobs = [
  { token: 'Rain', logprob: -0.5, top_logprobs: [] },
  { token: '.', logprob: -0.1, top_logprobs: [] }
]
const content: Result['content'] = [
  { type: 'reasoning', text: 'Clouds.', providerMetadata: { anthropic: { signature: 'sig-1' } } },
  { type: 'reasoning', text: '', providerMetadata: { openai: { reasoningEncryptedContent: 'x' } } },
  { type: 'text', text: 'Rain.' }
]
const providerMetadata = { openai: { logprobs, serviceTier: 'default', note: 'a note of words' } }
const plain: Result = { content, finishReason, usage, warnings: [], providerMetadata }

/** The same answer, as providers stream it. */
const parts = content.flatMap((part, at) => {
  const id = String(at)
  if (part.type !== 'reasoning' && part.type !== 'text') return []
  const { type, text: delta, providerMetadata: told } = part
  const more = told && { providerMetadata: told }
  return [
    { type: `${type}-start`, id, ...more },
    { type: `${type}-delta`, id, delta },
    { type: `${type}-end`, id }
  ]
})
const chunks = [...parts, { type: 'finish', finishReason, usage, providerMetadata }] as never[]

const modelOf = () =>
  new MockLanguageModelV4({
    doGenerate: plain,
    doStream: async () => ({ stream: convertArrayToReadableStream(chunks) })
  })

type Settings = { readonly telemetry?: object }

const ways: {
  [name: string]: (model: MockLanguageModelV4, more: Settings) => PromiseLike<unknown>
} = {
  generateText: (model, more) => generateText({ model, prompt: 'Rain?', ...more }),
  streamText: (model, more) => streamText({ model, prompt: 'Rain?', ...more }).text,
  'an agent': (model, more) => new ToolLoopAgent({ model, ...more }).generate({ prompt: 'Rain?' }),
  'an agent that streams': async (model, more) =>
    (await new ToolLoopAgent({ model, ...more }).stream({ prompt: 'Rain?' })).text
}

describe.each(Object.entries(ways))('%s', (_name, run) => {
  test('reasoning with its signatures, probabilities by token', async () => {
    const { log, calls } = memoryLog()
    await run(modelOf(), { telemetry: { integrations: auditTelemetry(log) } })
    const [, call] = await calls()
    expect(call?.record.reasoning).toMatchObject({
      source: 'reasoning',
      blocks: 2,
      signatures: ['sig-1'],
      encrypted: true
    })
    expect(call?.record.confidence).toMatchObject({ tokens: 2, meanLogprob: -0.3 })
    expect(call?.contents).toMatchObject({
      reasoning: 'Clouds.',
      logprobs: [
        { token: 'Rain', logprob: -0.5 },
        { token: '.', logprob: -0.1 }
      ],
      details: { providerMetadata: { openai: { note: 'a note of words' } } }
    })
    expect(call?.record.response?.details).toEqual({
      providerMetadata: { openai: { serviceTier: 'default' } }
    })
  })

  test('with the integration, the middleware, and both twice: one record of the call', async () => {
    const { log, calls } = memoryLog()
    const middleware = auditMiddleware(log)
    const once = wrapLanguageModel({ model: modelOf(), middleware })
    const model = wrapLanguageModel({ model: once, middleware }) as MockLanguageModelV4
    const integrations = [auditTelemetry(log), auditTelemetry(log)]
    await run(model, { telemetry: { integrations } })
    expect((await calls()).map(({ record }) => record.kind)).toEqual(['step', 'call'])
  })

  test('what may not be kept is nowhere, nor what could quote it', async () => {
    const { log, journal, calls } = memoryLog()
    const telemetry = {
      integrations: auditTelemetry(log),
      recordInputs: false,
      recordOutputs: false
    }
    await run(modelOf(), { telemetry })
    const doGenerate = () => Promise.reject(new RangeError('cannot say Rain'))
    const failing = new MockLanguageModelV4({ doGenerate, doStream: doGenerate as never })
    const more = { telemetry, maxRetries: 0, onError: () => undefined }
    await Promise.resolve(run(failing, more)).catch(() => undefined)
    const found = await calls()
    const failed = found.find(({ record }) => record.outcome?.type === 'RangeError')
    expect([failed?.stage, failed?.record.kind]).toEqual(['error', 'call'])
    const said = found.map(({ contents }) => Object.values(contents))
    expect(JSON.stringify(said)).not.toMatch(/Rain|Clouds|note/)
    for (const { header } of journal.records) expect(header).not.toMatch(/Rain|Clouds|note/)
  })
})

test('a reason that only the provider knows is told as the SDK names it, too', async () => {
  const { log, calls } = memoryLog()
  const length = { unified: 'length', raw: 'OUT_OF_ROOM' } as const
  for (const reason of [length, finishReason]) {
    const doGenerate = { ...plain, finishReason: reason }
    const model = wrapLanguageModel({
      model: new MockLanguageModelV4({ doGenerate }),
      middleware: auditMiddleware(log)
    })
    await generateText({ model, prompt: 'Rain?' })
  }
  const [unknown, known] = await calls()
  expect(unknown?.record.response?.finishReasons).toEqual(['OUT_OF_ROOM'])
  expect(unknown?.contents.details).toMatchObject({ finishReason: 'length' })
  expect(known?.contents.details).not.toHaveProperty('finishReason')
})
