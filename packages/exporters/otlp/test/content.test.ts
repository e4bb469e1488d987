import { parseRecord } from '@slm-audit/core'
import { type ContentCapture, otlpExporter } from '@slm-audit/otlp'
import { expect, test } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { arrived, exported, never, recordsOf } from './support.ts'

const INPUT = 'gen_ai.input.messages'

test.each<[ContentCapture, boolean, boolean]>([
  ['none', false, false],
  ['span', true, false],
  ['event', false, true],
  ['span_and_event', true, true]
])('content %s: on the span %s, on the event %s', async (content, onSpan, onEvent) => {
  const { spans, events } = await exported({ content, detailsEvent: true })
  expect(INPUT in spans[0].attributes).toBe(onSpan)
  expect(INPUT in events[0].attributes).toBe(onEvent)
  expect(JSON.stringify(spans).includes('refund')).toBe(onSpan)
  expect(JSON.stringify(events).includes('refund')).toBe(onEvent)
})

test('references say where the content is: record, index, commitment', async () => {
  const { spans, events, records } = await exported({ content: 'reference', detailsEvent: true })
  const [received, complete] = records.map(parseRecord)
  const reference = (name: string, record: typeof received) =>
    `slm-audit://memory/${record?.auditId}/${name}?index=${record?.log.index}` +
    `&commitment=${record?.log.contents[name]?.commitment}`
  const expected = {
    'gen_ai.input.messages_ref': reference('input', received),
    'gen_ai.output.messages_ref': reference('output', complete)
  }
  expect(spans[0].attributes).toMatchObject(expected)
  expect(events[0].attributes).toMatchObject(expected)
  expect(JSON.stringify([spans, events])).not.toContain('refund')
})

test('messages as JSON text for receivers without structured attributes; events stay structured', async () => {
  const { spans, events } = await exported({ content: 'span_and_event', jsonAttributes: true })
  expect(JSON.parse(spans[0].attributes[INPUT])).toEqual(events[0].attributes[INPUT])
})

test('the request of a call that ends in a later batch is kept for its span', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url, content: 'span' })
  const [received, complete] = await recordsOf()
  if (!received || !complete) throw new Error('two records')
  expect(await exporter.export([received], never)).toEqual({ status: 'stored' })
  expect(receiver.got).toEqual([])
  expect(await exporter.export([complete], never)).toEqual({ status: 'stored' })
  const [span] = arrived(receiver, 'traces')
  expect(span.attributes[INPUT]).toHaveLength(2)

  // A new process has not seen the request: the same span, without what only the journal has.
  await using next = otlpExporter({ endpoint: receiver.url, content: 'span' })
  await next.export([complete], never)
  const [, again] = arrived(receiver, 'traces')
  expect(again).toMatchObject({ traceId: span.traceId, spanId: span.spanId })
  expect(again.attributes['slm_audit.audit_id']).toBe(span.attributes['slm_audit.audit_id'])
  expect(INPUT in again.attributes).toBe(false)
})

test('a content that is gone is left out', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url, content: 'span' })
  const records = await recordsOf()
  const erased = records.map((record) => ({
    ...record,
    contents: record.contents.map(({ body: _body, ...content }) => content)
  }))
  expect(await exporter.export(erased, never)).toEqual({ status: 'stored' })
  expect(arrived(receiver, 'traces')[0].attributes).not.toHaveProperty(INPUT)
})

test('a content that is not what its type says does not hold the batch up', async () => {
  await using receiver = await otlpReceiver()
  await using exporter = otlpExporter({ endpoint: receiver.url, content: 'span' })
  const records = (await recordsOf()).map((record) => ({
    ...record,
    contents: record.contents.map((content) => ({ ...content, body: Buffer.from('{') }))
  }))
  expect(await exporter.export(records, never)).toEqual({ status: 'stored' })
})
