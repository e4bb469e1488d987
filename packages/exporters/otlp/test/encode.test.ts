import { parseRecord } from '@slm-audit/core'
import { toOcsf } from '@slm-audit/formats'
import { otlpExporter } from '@slm-audit/otlp'
import { memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { otlpReceiver } from './receiver.ts'
import { answer, arrived, chat, exported, plain, type recordsOf } from './support.ts'

test('encode makes the body of one log record a record, in place of other events', async () => {
  const run = (log: Parameters<NonNullable<Parameters<typeof recordsOf>[0]>>[0]) => {
    log.open(chat).complete(answer)
    log.open(chat).fail(new RangeError('no'))
  }
  const { spans, events, records } = await exported({ encode: (sealed) => toOcsf(sealed) }, run)
  expect(spans).toHaveLength(2)
  expect(
    events.map(({ eventName, attributes }) => [eventName, attributes['slm_audit.index']])
  ).toEqual(records.map(({ index }) => ['slm_audit.record', index]))
  const terminal = records.findIndex((sealed) => parseRecord(sealed).stage === 'complete')
  const body = plain(events[terminal].body.kvlistValue.values)
  expect(body).toMatchObject({ class_name: 'API Activity', metadata: { version: '1.8.0' } })
  expect(events[terminal]).toMatchObject({
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/),
    spanId: spans[0].spanId
  })
})

test('a text is a body, and logs may go alone', async () => {
  const { spans, events } = await exported({
    signals: ['events'],
    encode: ({ index }) => `${index}`
  })
  expect(spans).toEqual([])
  expect(events.map(({ body }) => body.stringValue)).toEqual(['0', '1'])
})

test('a record that encode throws for is set aside; the others arrive', async () => {
  await using receiver = await otlpReceiver()
  const { log, journal } = memoryLog()
  const encode = (sealed: { readonly index: number }) => {
    if (sealed.index === 1) throw new Error('secret')
    return { at: sealed.index }
  }
  log.open(chat).complete(answer)
  log.open(chat).complete(answer)
  log.addExporter(otlpExporter({ endpoint: receiver.url, encode }), { firstRetryMs: 1 })
  await log.close()
  const indices = arrived(receiver, 'logs').map(({ attributes }) => attributes['slm_audit.index'])
  expect(indices.toSorted()).toEqual([0, 2, 3])
  const [aside] = await journal.cursors.setAside('otlp')
  expect(aside).toMatchObject({ index: 1, reason: expect.stringContaining('record 1') })
  expect(aside?.reason).not.toContain('secret')
})

test('bad options of it are explained', () => {
  expect(() => otlpExporter({ encode: 'ocsf' as never })).toThrow(/encode must be a function/)
  const both = { encode: () => ({}), detailsEvent: true }
  expect(() => otlpExporter(both)).toThrow(/leave out detailsEvent/)
})
