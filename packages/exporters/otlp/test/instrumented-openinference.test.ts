import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { expect, test } from 'vitest'
import { openai, request } from './openai-support.ts'
import { tracing } from './tracing.ts'

const instrumentation = new OpenAIInstrumentation()
instrumentation.manuallyInstrument(OpenAI as never)

test('calls that OpenInference instruments become records with their messages', async () => {
  using traced = tracing()
  instrumentation.setTracerProvider(traced.provider)
  await using model = await openai()
  await model.client.chat.completions.create(request)
  await expect(model.client.chat.completions.create(request)).rejects.toThrow('no')
  const [call, failed, ...more] = await traced.calls()
  expect(more).toEqual([])
  expect(traced.problems).toEqual([])
  expect(call?.record).toMatchObject({
    stage: 'complete',
    call: {
      operation: 'chat',
      provider: 'openai',
      model: 'qwen3',
      settings: { temperature: 0.2, max_tokens: 64 },
      source: 'openinference'
    },
    response: {
      id: 'chatcmpl-1',
      model: 'qwen3-0.6b',
      usage: { inputTokens: 20, outputTokens: 5, totalTokens: 25 }
    }
  })
  expect(call?.contents).toEqual({
    input: request.messages,
    output: [{ role: 'assistant', content: 'Five days.' }]
  })
  // This release does not end the span of a request that is refused.
  expect(failed?.stage).toBe('received')
  await traced.log.close()
  expect((await traced.calls())[1]?.stage).toBe('abandoned')
})

test('a call has a record while it runs, although the attributes come after the start', async () => {
  using traced = tracing()
  instrumentation.setTracerProvider(traced.provider)
  await using model = await openai()
  model.server.answer({ before: 'hang' })
  const stop = new AbortController()
  const answer = model.client.chat.completions.create(request, { signal: stop.signal })
  await Promise.resolve()
  const [call] = await traced.calls()
  expect(call).toMatchObject({ stage: 'received', contents: { input: request.messages } })
  stop.abort()
  await expect(answer).rejects.toThrow()
})

test('a client that is wrapped as well leaves one record, its own', async () => {
  using traced = tracing()
  instrumentation.setTracerProvider(traced.provider)
  await using model = await openai()
  await wrapOpenAI(model.client, traced.log).chat.completions.create(request)
  const calls = await traced.calls()
  expect(calls.map(({ stage, record }) => [stage, record.call?.source])).toEqual([
    ['complete', undefined]
  ])
})
