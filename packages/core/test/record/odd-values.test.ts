import { memoryJournal, type Protocol, parseRecord, wrapFetch } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

const quoting = () => JSON.parse('secret words')
const wire: Protocol<unknown> = {
  name: 'test.wire',
  matches: () => true,
  readRequest: () => quoting(),
  readResponse: () => quoting(),
  start: () => undefined,
  step: (_before, event) => event,
  finish: () => ({})
}

describe('what cannot be read costs the record its details, never the host its call', () => {
  const odd = {
    logprobs: { logprobs: [null] },
    'an error': { error: { code: new Proxy({}, { get: quoting }) } }
  }
  for (const [name, answer] of Object.entries(odd)) {
    test(`${name} of another shape`, async () => {
      const { log, journal, problems } = newLog()
      const response = { output: 'words', ...answer } as object
      log.open(chat).complete(response)
      log.open(chat).complete(() => response)
      await log.flush()
      const calls = callsOf(journal.records)
      expect(calls).toHaveLength(2)
      for (const { stage, record, contents } of calls) {
        expect([stage, record.outcome?.type]).toEqual(['error', 'malformed_response'])
        expect(contents.output).toBe('words')
      }
      expect(problems).toEqual([])
    })
  }

  test('an identity that throws is unknown', async () => {
    const { log, journal, problems } = newLog()
    const identity = () => {
      throw new Error('no such file')
    }
    log.open({ ...chat, identity }).complete({ output: 'words' })
    await log.flush()
    expect(callsOf(journal.records)).toMatchObject([{ stage: 'complete' }])
    expect(problems).toEqual([])
  })

  test('errors whose members throw or are of another type', async () => {
    const { log, journal } = newLog()
    const thrower = () => {
      throw new Error('no')
    }
    const noName = Object.assign(new (class extends Error {})('m'), { name: '' })
    Object.defineProperty(noName.constructor, 'name', { value: 5 })
    const errors = [
      noName,
      Object.defineProperty(new Error('m'), 'message', { get: thrower }),
      Object.defineProperty({}, 'code', { get: thrower }),
      new Proxy({}, { get: thrower, getPrototypeOf: thrower })
    ]
    for (const error of errors) log.open(chat).fail(error)
    await log.flush()
    expect(callsOf(journal.records).map(({ stage }) => stage)).toEqual(errors.map(() => 'error'))
  })

  test('facts that cannot be read are left out; the record is there', async () => {
    const { log, journal, problems } = newLog()
    const facts = new Proxy({}, { ownKeys: quoting })
    log.open(chat).fail(new Error('no'), {}, facts)
    log.open(chat).complete({ output: 'words' })
    await log.flush()
    expect(callsOf(journal.records).map(({ stage }) => stage)).toEqual(['error', 'complete'])
    for (const { header } of journal.records) expect(header).not.toContain('secret')
    expect(problems).toEqual([])
  })
})

describe('what a content says stays out of headers', () => {
  test('a protocol that quotes it in an error', async () => {
    const { log, journal } = newLog()
    const fetch = wrapFetch(log, [wire], async () => Response.json(1))
    await (await fetch('http://host/chat', { method: 'POST', body: '{}' })).text()
    await log.flush()
    for (const { header } of journal.records) expect(header).not.toContain('secret')
    expect(callsOf(journal.records)).toMatchObject([
      {
        record: { outcome: { type: 'malformed_response' } },
        contents: { error: expect.stringContaining('secret words') }
      }
    ])
  })

  test('a value that throws while it is serialised', async () => {
    const { log, journal } = newLog()
    const value = { toJSON: quoting }
    log.open({ ...chat, input: value, settings: { value } }).complete({ output: value })
    await log.flush()
    expect(journal.records).toHaveLength(2)
    for (const { header } of journal.records) expect(header).not.toContain('secret')
  })
})

test('long words of an error and many class scores are no reason to lose a record', async () => {
  const { log, journal, problems } = newLog()
  const long = 'x'.repeat(100_000)
  log.open(chat).complete({ error: { type: long, code: long, message: long } })
  const scores = Array.from({ length: 5_000 }, (_, at) => ({ label: `class ${at}`, score: 0.5 }))
  log.open(chat).complete({ scores })
  log.open({ ...chat, toolCallId: long }).complete({})
  await log.flush()
  expect(problems).toEqual([])
  const calls = callsOf(journal.records)
  expect(calls.map(({ stage }) => stage)).toEqual(['error', 'complete', 'complete'])
  expect(calls[1]?.contents['header.confidence']).toEqual({ scores })
})

describe('the bound in bytes', () => {
  const down = () => {
    const journal = memoryJournal()
    const { append } = journal
    let isUp = false
    journal.append = (pending) => (isUp ? append(pending) : Promise.reject(new Error('down')))
    return { ...newLog({ journal, maxBytes: 1_000_000 }), journal, up: () => (isUp = true) }
  }
  const long = 'x'.repeat(100_000)

  test('counts prompts and answers', () => {
    const { log, problems } = down()
    for (let count = 0; count < 8; count++) log.open(chat).complete({ output: long })
    expect(problems).toEqual([])
    for (let count = 0; count < 8; count++) log.open({ ...chat, input: long })
    expect(problems.map(({ code }) => code)).toEqual(['queue_full'])
  })

  test('counts bodies on the wire', async () => {
    const { log, problems } = down()
    const plain = { ...wire, readRequest: () => chat, readResponse: () => ({}) }
    const fetch = wrapFetch(log, [plain], async () => Response.json(long))
    for (let count = 0; count < 8; count++) {
      await (await fetch('http://host/chat', { method: 'POST', body: long })).text()
    }
    expect(problems.map(({ code }) => code)).toContain('queue_full')
  })

  test('a gap tells of all that was lost, also of what was lost while it found no room', async () => {
    const { log, journal, up } = down()
    for (let count = 0; count < 30; count++) log.open({ ...chat, input: long })
    await log.flush().catch(() => undefined)
    for (let count = 0; count < 5; count++) log.open({ ...chat, input: long })
    await log.flush().catch(() => undefined)
    up()
    await log.close()
    const records = journal.records.map(parseRecord)
    const gaps = records.filter(({ kind }) => kind === 'gap')
    const lost = gaps.reduce((sum, { event }) => sum + Number(event?.records), 0)
    const received = records.filter(({ stage }) => stage === 'received')
    const ended = records.filter(({ stage }) => stage === 'abandoned')
    expect(lost + received.length).toBeGreaterThanOrEqual(35)
    // That a call ended is recorded once there is room, if not how.
    expect(ended).toHaveLength(35)
    expect(new Set(records.map(({ auditId }) => auditId)).size).toBe(35 + gaps.length)
  })
})
