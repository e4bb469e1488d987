import { trace } from '@opentelemetry/api'
import { type AuditLog, parseRecord } from '@slm-audit/core'
import { mergeCall } from '@slm-audit/core/reader'
import { otelTraceContext, otlpExporter } from '@slm-audit/otlp'
import { expect, test } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { answer, arrived, chat, exported, never, recordsOf } from './support.ts'
import { tracing } from './tracing.ts'

test('calls join the trace of the application, below the span that they were made in', async () => {
  using traced = tracing()
  const traceContext = otelTraceContext()
  let around: { traceId: string; spanId: string } | undefined
  const { spans } = await exported(
    {},
    (log) =>
      traced.tracer.startActiveSpan('request', async (span) => {
        around = span.spanContext()
        await Promise.resolve()
        log.open(chat).complete(answer)
        span.end()
      }),
    { traceContext }
  )
  expect(spans[0]).toMatchObject({ traceId: around?.traceId, parentSpanId: around?.spanId })
  expect(trace.getActiveSpan()).toBe(undefined)
})

const nested = (log: AuditLog) =>
  log.step('outer', () => log.step('middle', () => log.record(chat, async () => 'yes')))

test('calls inside calls hang below them, whole traces of their own', async () => {
  const { spans, records } = await exported({}, nested)
  const [inner, middle, outer] = spans
  const outermost = parseRecord(records[0] as never).auditId.replaceAll('-', '')
  expect(outer).toMatchObject({ traceId: outermost, spanId: outermost.slice(16) })
  expect(outer.parentSpanId ?? '').toBe('')
  expect(middle).toMatchObject({ traceId: outermost, parentSpanId: outer.spanId })
  expect(inner).toMatchObject({ traceId: outermost, parentSpanId: middle.spanId })
})

test('inside a span of the application the outermost hangs below that span', async () => {
  const around = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const { spans } = await exported({}, nested, { traceContext: () => around })
  const [inner, middle, outer] = spans
  expect(spans.map(({ traceId }) => traceId)).toEqual(Array(3).fill(around.traceId))
  expect([outer.parentSpanId, middle.parentSpanId, inner.parentSpanId]).toEqual([
    around.spanId,
    outer.spanId,
    middle.spanId
  ])
})

test('records that were read from spans do not become spans again unless asked for', async () => {
  const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
  const foreign = (log: AuditLog) =>
    log.open({ ...chat, source: 'openinference' }, { span }).complete(answer)
  const without = await exported({}, foreign)
  expect([without.spans, without.events, without.metrics]).toEqual([[], [], []])
  const { spans } = await exported({ foreignSpans: true }, foreign)
  expect(spans[0]).toMatchObject({
    ...span,
    attributes: { 'slm_audit.source': 'openinference' }
  })
})

test('a crash leaves a span without a length, for nobody knows when the call ended', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url })
  const records = await recordsOf((log) => log.open(chat).cancel('crash'))
  const untimed = records.map((sealed) => {
    const { timing: _timing, ...record } = parseRecord(sealed)
    return { ...sealed, header: JSON.stringify(record) }
  })
  await exporter.export(untimed, never)
  const [span] = arrived(receiver, 'traces')
  expect(span.endTimeUnixNano).toBe(span.startTimeUnixNano)
  const begin = Date.parse(mergeCall(records)?.receivedAt ?? '')
  expect(BigInt(span.startTimeUnixNano)).toBe(BigInt(begin) * 1_000_000n)
})
