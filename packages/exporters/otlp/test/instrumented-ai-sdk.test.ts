import { LegacyOpenTelemetry, OpenTelemetry } from '@ai-sdk/otel'
import * as ai7 from 'ai'
import { MockLanguageModelV4 } from 'ai/test'
import * as ai6 from 'ai-6'
import { MockLanguageModelV3 } from 'ai-6/test'
import { expect, test } from 'vitest'
import { type Tracing, tracing } from './tracing.ts'

const ask = {
  system: 'Be brief.',
  prompt: 'How long does a refund take?',
  temperature: 0.2,
  maxOutputTokens: 64
}

const result = (count: (total: number) => unknown) => ({
  content: [{ type: 'text', text: 'Five days.' }],
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: { inputTokens: count(20), outputTokens: count(5) },
  response: { id: 'r-1', modelId: 'qwen3-0.6b' },
  warnings: []
})
const usage = (total: number) => ({ total, noCache: total, text: total })

const versions: readonly (readonly [
  name: string,
  run: (traced: Tracing) => PromiseLike<unknown>
])[] = [
  [
    'AI SDK 7',
    ({ tracer }) => {
      const model = new MockLanguageModelV4({
        provider: 'openai.chat',
        modelId: 'qwen3',
        doGenerate: result(usage) as never
      })
      const telemetry = { integrations: [new OpenTelemetry({ tracer })] }
      return ai7.generateText({ model, telemetry, ...ask })
    }
  ],
  [
    'AI SDK 7 with the spans of 6',
    ({ tracer }) => {
      const model = new MockLanguageModelV4({
        provider: 'openai.chat',
        modelId: 'qwen3',
        doGenerate: result(usage) as never
      })
      const telemetry = { integrations: [new LegacyOpenTelemetry({ tracer })] }
      return ai7.generateText({ model, telemetry, ...ask })
    }
  ],
  [
    'AI SDK 6',
    ({ tracer }) => {
      const model = new MockLanguageModelV3({
        provider: 'openai.chat',
        modelId: 'qwen3',
        doGenerate: result(usage) as never
      })
      return ai6.generateText({
        model,
        experimental_telemetry: { isEnabled: true, tracer },
        ...ask
      })
    }
  ]
]

test.each(versions)(
  '%s: one record for the model call, none for what lies around it',
  async (_name, run) => {
    using traced = tracing()
    await run(traced)
    const [call, ...more] = await traced.calls()
    expect(more).toEqual([])
    expect(traced.problems).toEqual([])
    expect(call?.record).toMatchObject({
      stage: 'complete',
      call: {
        operation: 'chat',
        provider: 'openai',
        model: 'qwen3',
        settings: { temperature: 0.2, max_tokens: 64 },
        source: _name === 'AI SDK 7' ? 'opentelemetry' : 'ai-sdk'
      },
      response: {
        id: 'r-1',
        model: 'qwen3-0.6b',
        finishReasons: ['stop'],
        usage: { inputTokens: 20, outputTokens: 5 }
      }
    })
    expect(JSON.stringify(call?.contents['input'])).toContain('How long does a refund take?')
    expect(JSON.stringify(call?.contents['input'])).toContain('Be brief.')
    expect(JSON.stringify(call?.contents['output'])).toContain('Five days.')
  }
)
