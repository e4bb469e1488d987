import { SpanStatusCode } from '@opentelemetry/api'
import { expect, test } from 'vitest'
import { dialects } from './dialect-spans.ts'
import { tracing } from './tracing.ts'

test.each(Object.entries(dialects))('%s', async (_name, [seen, record, contents]) => {
  using traced = tracing()
  const span = traced.tracer.startSpan('s', { attributes: seen.start })
  for (const [name, attributes] of seen.events ?? []) span.addEvent(name, attributes)
  span.setAttributes(seen.end ?? {})
  span.end()
  const [call, ...more] = await traced.calls()
  expect([more, traced.problems]).toEqual([[], []])
  expect(call?.record).toMatchObject({
    stage: 'complete',
    ...record,
    trace: { traceId: span.spanContext().traceId, spanId: span.spanContext().spanId }
  })
  expect(call?.contents).toEqual(contents)
})

test.each([
  [
    'OpenTelemetry',
    {
      'gen_ai.operation.name': 'execute_tool',
      'gen_ai.tool.name': 'look',
      'gen_ai.tool.call.arguments': '{"at":1}'
    },
    { 'gen_ai.tool.call.result': '"a cat"' }
  ],
  [
    'OpenInference',
    { 'openinference.span.kind': 'TOOL', 'tool.name': 'look', 'input.value': '{"at":1}' },
    { 'output.value': 'a cat' }
  ],
  [
    'AI SDK',
    { 'ai.operationId': 'ai.toolCall', 'ai.toolCall.name': 'look', 'ai.toolCall.args': '{"at":1}' },
    { 'ai.toolCall.result': '"a cat"' }
  ]
] as const)('%s: the run of a tool', async (_name, start, end) => {
  using traced = tracing()
  const span = traced.tracer.startSpan('s', { attributes: start })
  span.setAttributes(end)
  span.end()
  const [tool] = await traced.calls()
  expect(tool?.record).toMatchObject({ kind: 'tool', stage: 'complete', call: { name: 'look' } })
  expect(tool?.contents).toEqual({ input: { at: 1 }, output: 'a cat' })
})

test('an error is that of the exception event', async () => {
  using traced = tracing()
  const span = traced.tracer.startSpan('s', {
    attributes: dialects['OpenLLMetry']?.[0].start ?? {}
  })
  span.recordException(new RangeError('too long'))
  span.setStatus({ code: SpanStatusCode.ERROR, message: 'failed' })
  span.end()
  const [call] = await traced.calls()
  expect(call?.record).toMatchObject({ stage: 'error', outcome: { type: 'RangeError' } })
  expect(call?.contents['error']).toBe('too long')
})

test.each(['gen_ai.retrieval.top_k', 'gen_ai.request.top_k'])(
  'a retrieval, with %s',
  async (top) => {
    using traced = tracing()
    const span = traced.tracer.startSpan('retrieval', {
      attributes: {
        'gen_ai.operation.name': 'retrieval',
        'gen_ai.data_source.id': 'store',
        'gen_ai.retrieval.query.text': 'rain?',
        [top]: 3
      }
    })
    span.setAttribute('gen_ai.retrieval.documents', '[{"id":"d1","score":0.5}]')
    span.end()
    const [step] = await traced.calls()
    expect(step?.record).toMatchObject({
      kind: 'step',
      call: { operation: 'retrieval', name: 'store', settings: { top_k: 3 } }
    })
    expect(step?.contents).toMatchObject({ input: 'rain?', output: [{ id: 'd1', score: 0.5 }] })
  }
)

test.each(['gen_ai.client.operation.exception', 'gen_ai.client.inference.exception'])(
  'an error may be told by the event %s',
  async (event) => {
    using traced = tracing()
    const span = traced.tracer.startSpan('s', {
      attributes: { 'gen_ai.operation.name': 'chat', 'gen_ai.usage.audio.input_tokens': 4 }
    })
    span.addEvent(event, { 'exception.type': 'RangeError', 'exception.message': 'too long' })
    span.setStatus({ code: SpanStatusCode.ERROR })
    span.end()
    const [call] = await traced.calls()
    expect(call?.record.outcome?.type).toBe('RangeError')
    expect(call?.record.response?.usage?.audioInputTokens).toBe(4)
  }
)
