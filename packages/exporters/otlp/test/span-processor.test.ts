import { context, trace } from '@opentelemetry/api'
import { auditSpanProcessor } from '@slm-audit/otlp'
import { memoryLog } from '@slm-audit/testing'
import { expect, test, vi } from 'vitest'
import { otelDialect } from '../src/in/dialect-otel.ts'
import { tracing } from './tracing.ts'

const chat = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'openai' }

test('a call has a received record while it runs, with the times of its span at the end', async () => {
  using traced = tracing()
  const startTime = Date.UTC(2026, 0, 2, 3, 4, 5)
  const span = traced.tracer.startSpan('chat', { attributes: chat, startTime })
  const [open] = await traced.calls()
  expect(open).toMatchObject({ stage: 'received', receivedAt: '2026-01-02T03:04:05.000Z' })
  span.end(startTime + 1500)
  const [call] = await traced.calls()
  expect(call?.record.timing).toEqual({ durationMs: 1500 })
})

test('a span that says at its end that it is a call becomes a record with its times', async () => {
  using traced = tracing()
  const startTime = Date.UTC(2026, 0, 2, 3, 4, 5)
  const span = traced.tracer.startSpan('chat', { startTime })
  span.setAttributes(chat)
  span.end(startTime + 1500)
  const [call] = await traced.calls()
  expect(call).toMatchObject({
    receivedAt: '2026-01-02T03:04:05.000Z',
    record: { stage: 'complete', timing: { durationMs: 1500 } }
  })
})

test('a call inside a call is part of it; a tool inside one is not, nor are other spans calls', async () => {
  using traced = tracing()
  const { tracer } = traced
  const start = (name: string, attributes: object, parent: ReturnType<typeof tracer.startSpan>) =>
    tracer.startSpan(
      name,
      { attributes: { ...attributes } },
      trace.setSpan(context.active(), parent)
    )
  const agent = tracer.startSpan('agent', {
    attributes: { 'gen_ai.operation.name': 'invoke_agent' }
  })
  const outer = start('outer', chat, agent)
  const http = start('POST', {}, outer)
  const inner = start('inner', chat, http)
  const tool = start('tool', { 'gen_ai.operation.name': 'execute_tool' }, outer)
  for (const span of [tool, inner, http, outer]) span.end()
  start('next', chat, agent).end()
  agent.end()
  const calls = await traced.calls()
  expect(calls.map(({ record }) => [record.kind, record.trace?.spanId])).toEqual([
    ['call', outer.spanContext().spanId],
    ['tool', tool.spanContext().spanId],
    ['call', expect.any(String)]
  ])
})

test('a call of this log inside a span replaces it, also when both are under way for long', async () => {
  using traced = tracing()
  const { tracer, log } = traced
  await tracer.startActiveSpan('chat', { attributes: chat }, async (span) => {
    await log.record({ operation: 'chat', provider: 'ours' }, async () => 'yes')
    span.end()
  })
  await tracer.startActiveSpan('chat', { attributes: chat }, async (span) => {
    await log.flush()
    await log.record({ operation: 'chat', provider: 'ours' }, async () => 'yes')
    span.end()
  })
  const calls = await traced.calls()
  expect(calls.map(({ record }) => [record.call?.provider, record.stage])).toEqual([
    ['ours', 'complete'],
    ['openai', 'complete']
  ])
})

test('spans below a recorded call of this log are not recorded', async () => {
  using traced = tracing()
  const { tracer, log } = traced
  log.withoutRecording(() => tracer.startSpan('chat', { attributes: chat }).end())
  expect(await traced.calls()).toEqual([])
})

test('calls that are open at the end of the log are abandoned', async () => {
  using traced = tracing()
  traced.tracer.startSpan('chat', { attributes: chat })
  await traced.log.close()
  expect(traced.journal.records.map(({ header }) => JSON.parse(header).stage)).toEqual([
    'received',
    'abandoned'
  ])
})

test('spans of the SDKs 1 and 2 are read, and what is not a span at all harms nobody', async () => {
  const { log, calls, problems } = memoryLog()
  const processor = auditSpanProcessor(log)
  const sdk1 = {
    name: 'chat',
    spanContext: () => ({
      traceId: `${'0'.repeat(31)}1`,
      spanId: `${'0'.repeat(15)}1`,
      traceFlags: 1
    }),
    parentSpanId: undefined,
    startTime: [1_767_225_600, 0] as [number, number],
    duration: [1, 500_000_000] as [number, number],
    status: { code: 0 },
    attributes: chat,
    events: [],
    instrumentationLibrary: { name: 'old' }
  }
  processor.onStart(sdk1, context.active())
  processor.onEnd(sdk1)
  processor.onStart(null as never, context.active())
  processor.onEnd({} as never)
  await processor.forceFlush()
  expect((await calls()).map(({ record }) => record.timing?.durationMs)).toEqual([1500])
  expect(problems.map(({ code }) => code)).toEqual(['observer_failed', 'observer_failed'])
})

test('what a span says of its request is read once', async () => {
  using traced = tracing()
  const real = traced.tracer.startSpan('other')
  const request = vi.spyOn(otelDialect, 'request')
  auditSpanProcessor(traced.log).onStart(
    {
      name: 'chat',
      spanContext: () => real.spanContext(),
      startTime: [1, 0],
      duration: [1, 0],
      status: { code: 0 },
      attributes: { ...chat, 'gen_ai.input.messages': '[]' },
      events: []
    },
    context.active()
  )
  await traced.log.flush()
  expect(request).toHaveBeenCalledTimes(1)
  request.mockRestore()
  real.end()
})
