import { AuditError, createAuditLog, memoryJournal, parseRecord } from '@slm-audit/core'
import { canonicalize } from '@slm-audit/core/exporter'
import { auditRecordSchema } from '@slm-audit/core/schema'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

describe('a recorded call', () => {
  test('leaves one received and one terminal record, both canonical and valid', async () => {
    const { log, journal } = newLog({ service: 'bot', version: '1.0.0' })
    const answer = await log.record(
      { ...chat, model: 'm', input: 'hi', settings: { seed: 7 } },
      async () => 'yes'
    )
    await log.close()
    expect(answer).toBe('yes')
    const records = journal.records.map(parseRecord)
    expect(records.map(({ stage }) => stage)).toEqual(['received', 'complete'])
    expect(records[0]?.auditId).toBe(records[1]?.auditId)
    expect(records[1]?.call).toEqual({ ...chat, model: 'm', settings: { seed: 7 } })
    expect(records[1]?.service).toEqual({ name: 'bot', version: '1.0.0' })
    for (const { header } of journal.records) {
      expect(canonicalize(JSON.parse(header))).toBe(header)
      expect(auditRecordSchema.parse(JSON.parse(header))).toBeTruthy()
    }
    expect(callsOf(journal.records)[0]?.contents).toEqual({ input: 'hi', output: 'yes' })
  })

  test('passes a rejection on with its identity and keeps its message as a content', async () => {
    const { log, journal } = newLog()
    const error = new TypeError('no model', {
      cause: Object.assign(new Error('x'), { code: 'ENOENT' })
    })
    await expect(log.record(chat, () => Promise.reject(error))).rejects.toBe(error)
    expect(() =>
      log.record(chat, () => {
        throw error
      })
    ).toThrow(error)
    await log.close()
    const calls = callsOf(journal.records)
    expect(calls.map(({ stage }) => stage)).toEqual(['error', 'error'])
    expect(calls[0]?.record.outcome).toEqual({ type: 'TypeError', causes: ['Error ENOENT'] })
    expect(calls[0]?.contents).toEqual({ error: 'no model' })
  })

  test('watches a generator and tells a break from the end, keeping what was read', async () => {
    const { log, journal } = newLog()
    const words = async function* () {
      yield 'a'
      yield 'b'
      yield 'c'
    }
    const seen: string[] = []
    for await (const word of log.record(chat, words)) seen.push(word)
    for await (const word of log.record(chat, words)) if (word === 'b') break
    await log.close()
    expect(seen).toEqual(['a', 'b', 'c'])
    const [whole, broken] = callsOf(journal.records)
    expect([whole?.stage, whole?.contents.output]).toEqual(['complete', 'abc'])
    expect([broken?.stage, broken?.contents.output]).toEqual(['cancelled', 'ab'])
    expect(broken?.record.outcome).toEqual({ by: 'consumer' })
  })

  test('does not change when the application changes its objects afterwards', async () => {
    const { log, journal } = newLog()
    const input = [{ role: 'user', content: 'before' }]
    const call = log.open({ ...chat, input })
    input[0] = { role: 'user', content: 'after' }
    call.complete({ output: 'x' })
    await log.close()
    expect(callsOf(journal.records)[0]?.contents.input).toEqual([
      { role: 'user', content: 'before' }
    ])
  })

  test('is ended by the first of complete, fail and cancel', async () => {
    const { log, journal } = newLog()
    const call = log.open(chat)
    call.complete({ output: 1 })
    call.fail(new Error('late'))
    call.cancel('signal')
    await log.close()
    expect(journal.records.map((sealed) => parseRecord(sealed).stage)).toEqual([
      'received',
      'complete'
    ])
  })

  test('that is still open at close is abandoned, and what comes later is ignored', async () => {
    const { log, journal, problems } = newLog()
    const call = log.open(chat)
    await log.close()
    call.complete({})
    expect(log.open(chat).isOpen).toBe(false)
    expect(parseRecord(journal.records[1] ?? fail()).outcome).toEqual({ by: 'exit' })
    expect(problems.map(({ code }) => code)).toEqual(['closed'])
  })
})

describe('context', () => {
  test('flows through asynchronous code, nests, and names the parent of calls inside calls', async () => {
    const { log, journal } = newLog()
    await log.withContext({ user: 'u', tags: { a: 1 } }, async () => {
      await Promise.resolve()
      await log.record(chat, async () => {
        await log.withContext({ session: 's', tags: { b: 2 } }, () =>
          log.record(chat, async () => 1)
        )
      })
    })
    await log.record(chat, async () => 1)
    await log.close()
    const [outer, inner, outside] = callsOf(journal.records)
    expect(inner?.record.context).toEqual({ user: 'u', session: 's', tags: { a: 1, b: 2 } })
    expect(inner?.record.parent).toBe(outer?.auditId)
    expect(outside?.record.context).toBeUndefined()
  })

  test('withoutRecording records nothing', async () => {
    const { log, journal } = newLog()
    await log.withoutRecording(() => log.record(chat, async () => 1))
    await log.close()
    expect(journal.records).toHaveLength(0)
  })
})

describe('bad input', () => {
  const cyclic: { self?: unknown; name: string } = { name: 'x' }
  cyclic.self = cyclic

  test.each([
    ['a cycle', cyclic, { name: 'x', self: '[Circular]' }],
    ['a BigInt', { n: 12n }, { n: '12' }],
    ['a lone surrogate', 'a\ud800', 'a\ufffd']
  ])('%s is recorded as far as JSON can hold it, and marked', async (_name, input, kept) => {
    const { log, journal } = newLog()
    await log.record({ ...chat, input }, async () => 1)
    await log.close()
    const [call] = callsOf(journal.records)
    expect(call?.contents.input).toEqual(kept)
    expect(parseRecord(journal.records[0] ?? fail()).altered).toMatchObject([
      { pointer: '/input', what: 'replaced' }
    ])
  })

  test('a prompt over the limit is cut off and marked with its size', async () => {
    const { log, journal } = newLog({ maxContentLength: 1000 })
    await log.record({ ...chat, input: 'é'.repeat(5000) }, async () => 1)
    await log.close()
    expect(callsOf(journal.records)[0]?.contents.input).toBe('é'.repeat(1000))
    expect(parseRecord(journal.records[0] ?? fail()).altered).toEqual([
      { pointer: '/input', what: 'truncated', bytes: 10_000 }
    ])
  })

  test('a 10 MB prompt is kept whole', async () => {
    const { log, journal } = newLog()
    const input = 'x'.repeat(10 * 1024 * 1024)
    await log.record({ ...chat, input }, async () => 1)
    await log.close()
    expect(callsOf(journal.records)[0]?.contents.input).toBe(input)
  })

  test('what is too large for a header is moved to a content', async () => {
    const { log, journal, problems } = newLog()
    const tools = Array.from({ length: 4_000 }, (_, at) => `tool_${at}`)
    await log.record({ ...chat, toolNames: tools, toolCallId: 'a b' }, async () => 1)
    await log.close()
    const [call] = callsOf(journal.records)
    expect(call?.contents['header.call']).toMatchObject({ tools, toolCallId: 'a b' })
    expect(call?.record.call).toMatchObject(chat)
    expect(call?.record.altered).toContainEqual({ pointer: '/call', what: 'moved' })
    expect(problems).toEqual([])
  })

  test('a reader that throws costs the record its details, never the call', async () => {
    const { log, journal } = newLog()
    const result = await log.record(
      () => {
        throw new Error('cannot read')
      },
      async () => 'fine',
      () => {
        throw new Error('cannot read either')
      }
    )
    await log.close()
    expect(result).toBe('fine')
    const [call] = callsOf(journal.records)
    expect(call?.record.call?.operation).toBe('unknown')
    expect(call?.record.outcome?.type).toBe('malformed_response')
  })

  test.each([
    [{ servcie: 'x' }, /no option servcie; did you mean service\?/],
    [{ mode: 'fast' }, /mode must be one of async, blocking, blocking-strict/],
    [{ batchSize: 0 }, /batchSize must be a number of at least 1/],
    [{ service: 3 }, /service must be a string/],
    [{ journal: {} }, /journal must be a journal/],
    [{ platform: 'node' }, /platform must be a platform/]
  ])('options %j are refused with the field and what it takes', (options, message) => {
    const given = { journal: memoryJournal(), ...options } as never
    expect(() => createAuditLog(given)).toThrow(message)
    expect(() => createAuditLog(given)).toThrow(AuditError)
  })
})

function fail(): never {
  throw new Error('there is no such record')
}
