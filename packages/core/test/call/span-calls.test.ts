import { parseRecord } from '@slm-audit/core'
import { expect, test } from 'vitest'
import { chat, newLog } from '../helpers.ts'

const span = { traceId: '0af7651916cd43dd8448eb211c80319c', spanId: 'b7ad6b7169203331' }
const seen = { ...chat, source: 'opentelemetry' }

test('records carry the span that their call was made in', async () => {
  const { log, journal, problems } = newLog({ traceContext: () => span })
  await log.record(chat, async () => 'yes')
  await log.flush()
  expect(journal.records.map(parseRecord).map(({ trace }) => trace)).toEqual([span, span])
  expect(problems).toEqual([])
})

test('a traceContext that throws costs the trace, not the record', async () => {
  const { log, journal, problems } = newLog({
    traceContext: () => {
      throw new Error('no context')
    }
  })
  await log.record(chat, async () => 'yes')
  await log.flush()
  expect(journal.records).toHaveLength(2)
  expect(problems.map(({ code }) => code)).toEqual(['observer_failed'])
})

test('a span stands for a call, with the times of the span', async () => {
  const { log, journal } = newLog()
  const startedAt = Date.UTC(2026, 0, 2, 3, 4, 5, 6)
  const call = log.open(seen, { span: { ...span, startedAt } })
  call.complete({ output: 'yes', timing: { durationMs: 1234.5, timeToFirstChunkMs: 250 } })
  await log.flush()
  const [received, complete] = journal.records.map(parseRecord)
  expect(received).toMatchObject({ at: '2026-01-02T03:04:05.006Z', trace: span })
  expect(complete).toMatchObject({
    call: seen,
    timing: { durationMs: 1234.5, timeToFirstChunkMs: 250 }
  })
})

test('a call of a wrapped client inside a span of its own replaces the record of the span', async () => {
  const { log, journal } = newLog({ traceContext: () => span })
  const ofSpan = log.open(seen, { span })
  const ofClient = log.open({ ...chat, model: 'm' })
  ofClient.complete({ output: 'yes' })
  ofSpan.complete({ output: 'what the span says' })
  await log.flush()
  const records = journal.records.map(parseRecord)
  expect(records.map(({ auditId, stage }) => [auditId, stage])).toEqual([
    [ofClient.auditId, 'received'],
    [ofClient.auditId, 'complete']
  ])
})

test('where the record of the span is stored already, the client is not recorded again', async () => {
  const { log, journal } = newLog({ traceContext: () => span })
  const ofSpan = log.open(seen, { span })
  await log.flush()
  log.open(chat).complete({ output: 'yes' })
  ofSpan.complete({ output: 'what the span says' })
  log.open(chat).complete({ output: 'the next call' })
  await log.flush()
  const records = journal.records.map(parseRecord)
  expect(records.map(({ call, stage }) => [call?.source, stage])).toEqual([
    ['opentelemetry', 'received'],
    ['opentelemetry', 'complete'],
    [undefined, 'received'],
    [undefined, 'complete']
  ])
})

test('a span that is recognised only at its end does not repeat the call inside it', async () => {
  const { log, journal } = newLog({ traceContext: () => span })
  await log.record(chat, async () => 'yes')
  log.open(seen, { span }).complete({})
  log.open(seen, { span: { ...span, spanId: '00f067aa0ba902b7' } }).complete({})
  await log.flush()
  expect(journal.records).toHaveLength(4)
})

test('a call that was taken back leaves nothing, also when the process ends', async () => {
  const { log, journal } = newLog({ traceContext: () => span, mode: 'blocking' })
  log.open(seen, { span })
  await log.record(chat, async () => 'yes')
  await log.close()
  expect(journal.records.map((sealed) => parseRecord(sealed).stage)).toEqual([
    'received',
    'complete'
  ])
})
