import { OpenAIInstrumentation } from '@opentelemetry/instrumentation-openai'
import { MeterProvider } from '@opentelemetry/sdk-metrics'
import { wrapOpenAI } from '@slm-audit/openai'
import * as openaiModule from 'openai'
import { expect, test } from 'vitest'
import { openai, request } from './openai-support.ts'
import { tracing } from './tracing.ts'

const instrumentation = new OpenAIInstrumentation({ enabled: false })
for (const definition of instrumentation.getModuleDefinitions()) {
  definition.patch?.(openaiModule, '6.0.0')
}
instrumentation.setMeterProvider(new MeterProvider())
instrumentation.enable()

test('calls that OpenTelemetry instruments become records with the times of their spans', async () => {
  using traced = tracing()
  instrumentation.setTracerProvider(traced.provider)
  await using model = await openai()
  await model.client.chat.completions.create(request)
  await expect(model.client.chat.completions.create(request)).rejects.toThrow('no')
  const [call, failed, ...more] = await traced.calls()
  expect(more).toEqual([])
  expect(traced.problems).toEqual([])
  expect(call?.stage).toBe('complete')
  expect(call?.record).toMatchObject({
    call: {
      operation: 'chat',
      provider: 'openai',
      model: 'qwen3',
      settings: { temperature: 0.2, max_tokens: 64 },
      source: 'opentelemetry'
    },
    response: {
      id: 'chatcmpl-1',
      model: 'qwen3-0.6b',
      finishReasons: ['stop'],
      usage: { inputTokens: 20, outputTokens: 5 }
    },
    timing: { durationMs: expect.any(Number) }
  })
  expect(failed).toMatchObject({ stage: 'error', record: { outcome: { type: 'BadRequestError' } } })
})

test('a client that is wrapped as well leaves one record, its own', async () => {
  using traced = tracing()
  instrumentation.setTracerProvider(traced.provider)
  await using model = await openai()
  const client = wrapOpenAI(model.client, traced.log)
  await client.chat.completions.create(request)
  await expect(client.chat.completions.create(request)).rejects.toThrow('no')
  const calls = await traced.calls()
  expect(calls.map(({ stage, record }) => [stage, record.call?.source])).toEqual([
    ['complete', undefined],
    ['error', undefined]
  ])
  expect(calls[0]?.contents['input']).toEqual(request.messages)
  expect(calls[0]?.record.trace).toMatchObject({ traceId: expect.stringMatching(/^[0-9a-f]{32}$/) })
})
