import { type PolicyDocument, parseRecord, type SealedRecord } from '@slm-audit/core'
import { wrapFetch } from '@slm-audit/core/adapter'
import { nodeSha256 } from '@slm-audit/core/node'
import { auditRecordSchema } from '@slm-audit/core/schema'
import { describe, expect, test } from 'vitest'
import { ALL_CANARIES } from '../../../testing/src/fixtures/canaries.ts'
import type { Detector } from '../../src/protect/detector.ts'
import { protectParts } from '../../src/protect/protect-parts.ts'
import { member } from '../../src/record/header.ts'
import { callsOf, chat, newLog } from '../helpers.ts'
import { CHAT, post, wire } from '../watched.ts'

const policy: PolicyDocument = {
  detectors: [{ id: 'staff', words: ['Ada Lovelace'] }],
  rules: [
    {
      name: 'all',
      level: 'RequestResponse',
      redact: [
        { detectors: 'email', operator: 'pseudonym' },
        { detectors: ['secrets', 'personal', 'staff'] }
      ]
    }
  ]
}

/** All that a log stored, as text. */
function storedIn(records: readonly SealedRecord[]): string {
  return records
    .flatMap(({ header, contents }) => [
      header,
      ...contents.map(({ body }) => Buffer.from(body ?? []).toString())
    ])
    .join('\n')
}

const mail = 'ada@example.org'

describe('what a policy redacts is stored nowhere', () => {
  test.each(ALL_CANARIES)('$detector: $value', async ({ value, text }) => {
    const { log, journal, problems } = newLog({ policy })
    const tags = { note: text }
    await log.withContext({ user: text, tags }, async () => {
      const request = {
        ...chat,
        input: [{ role: 'user', content: text }],
        settings: { stop: [text] },
        tools: [{ name: 'find', description: text }]
      }
      const answer = {
        output: { text },
        reasoning: { source: 'tags', text },
        details: { text },
        rest: { text }
      }
      const call = log.open(request)
      call.complete({ ...answer, toolCalls: [{ name: 'find', id: 't' }] })
      log.tool('find', () => ({ found: text }), { input: JSON.stringify({ query: text }) })
      await log
        .record(request, () => Promise.reject(new Error(text, { cause: new Error(text) })))
        .catch(() => undefined)
      log.open(request).cancel('signal', { output: text })
      log.annotate(call.auditId, { comment: text, [text]: 1 })
      const fetch = wrapFetch(log, [wire], async () => Response.json({ text }))
      await (
        await fetch(`${CHAT}?q=${encodeURIComponent(text)}`, {
          ...post,
          body: JSON.stringify({ text })
        })
      ).text()
    })
    await log.close()
    const stored = storedIn(journal.records)
    expect(stored).toContain('Please note')
    for (const { header } of journal.records) auditRecordSchema.parse(JSON.parse(header))
    for (const form of [value, JSON.stringify(value).slice(1, -1), encodeURIComponent(value)]) {
      expect(stored).not.toContain(form)
    }
    expect(problems).toEqual([])
  })
})

test('what was found is listed with place, detector, operator and count, and never the value', async () => {
  const { log, journal } = newLog({ policy })
  const input = { messages: [{ content: `${mail}, ${mail} and Ada Lovelace` }] }
  await log.record({ ...chat, input }, async () => `to ${mail}`)
  await log.close()
  const [call] = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
  const text = (call?.contents.input as typeof input | undefined)?.messages[0]?.content
  const [pseudonym] = /⟨email-[0-9a-f]{8}⟩/.exec(text ?? '') ?? []
  expect(text).toBe(`${pseudonym}, ${pseudonym} and ⟨name⟩`)
  expect(call?.contents.output).toBe(`to ${pseudonym}`)
  const at = '/input/messages/0/content'
  expect(call?.record.altered).toEqual([
    { pointer: at, what: 'masked', detector: 'email', operator: 'pseudonym', count: 2 },
    { pointer: at, what: 'erased', detector: 'staff', operator: 'remove', count: 1 },
    { pointer: '/output', what: 'masked', detector: 'email', operator: 'pseudonym', count: 1 }
  ])
})

test('a stream is redacted on the whole that it folds to, and its tokens go with what was found', async () => {
  const { log, journal } = newLog({ policy })
  const call = log.open(chat)
  const logprobs = [...mail].map((token) => ({ token, logprob: -1 }))
  call.complete({ output: mail, logprobs })
  await log.close()
  expect(storedIn(journal.records)).not.toContain('"token"')
  const end = parseRecord(journal.records.at(-1) as SealedRecord)
  expect(end.altered?.map(({ pointer }) => pointer)).toContain('/logprobs')
})

test('a thousand places are a few marks', async () => {
  const { log, journal } = newLog({ policy })
  const input = Array.from({ length: 1_000 }, (_, at) => `a${at}@example.org`)
  await log.record({ ...chat, input }, async () => 'ok')
  await log.close()
  const [call] = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
  expect(call?.record.altered).toEqual([
    { pointer: '/input', what: 'masked', detector: 'email', operator: 'pseudonym', count: 1_000 }
  ])
})

test('what is left of a header is as the schema says, and words of the policy are not in the log', async () => {
  const { log, journal } = newLog({ policy })
  const card = '4111-1111-1111-1111'
  const request = { ...chat, name: card, model: card, toolCallId: card, settings: { seed: 1 } }
  const call = log.open({ ...request, identity: { name: card, runtime: { [card]: card } } })
  call.complete({ id: card, model: card, fingerprint: card, finishReasons: [card] })
  log.open(request).fail(Object.assign(new Error(card), { code: card, name: card }))
  await log.close()
  const stored = storedIn(journal.records)
  expect(stored).not.toContain(card)
  expect(stored).not.toContain('Lovelace')
  for (const { header } of journal.records) auditRecordSchema.parse(JSON.parse(header))
})

/** Whoever has its identity is not here. */
const RECIPIENT = 'age1lggyhqrw2nlhcxprm67z43rta597azn8gknawjehu9d9dl0jq3yqqvfafg'

const parts = {
  members: {
    call: member({ operation: 'chat', provider: 'p', model: 'm' }),
    kind: member('call')
  },
  asked: [
    { name: 'input', type: 'text/plain', body: 'the question' },
    { name: 'tools', type: 'application/json', body: '["x"]' }
  ],
  answered: [],
  altered: []
}
const base = {
  id: 'own',
  group: 'personal',
  label: 'own',
  pattern: /question/g,
  isOwn: true
} as const
const key = { hash: nodeSha256, secret: new Uint8Array(32) }

describe('a detector that fails', () => {
  test.each([
    [
      'throws',
      {
        ...base,
        accepts: () => {
          throw new TypeError('the question')
        }
      }
    ],
    [
      'takes too long',
      {
        ...base,
        accepts: () => {
          const computed = () => process.cpuUsage().user + process.cpuUsage().system
          for (const end = computed() + 1_200_000; computed() < end; );
          return true
        }
      }
    ]
  ])('because it %s drops the content, keeps the record, and says so', (_, detector: Detector) => {
    const told: string[] = []
    const steps = [{ detectors: [detector], operator: 'remove', keep: 0 } as const]
    const safe = protectParts(parts, steps, key, (what) => told.push(what))
    expect(safe.asked.map(({ name }) => name)).toEqual(['tools'])
    expect(safe.altered).toEqual([{ pointer: '/input', what: 'erased', reason: 'not redacted' }])
    expect(told).toEqual([expect.stringContaining('the content input is dropped')])
    expect(told.join()).not.toContain('the question')
  })
})

test('what waits for a busy machine is no slower for it, and stays', () => {
  const waits = () => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1_300)
  const accepts = () => waits() === 'timed-out'
  for (const how of [{}, { mayHang: true }] as const) {
    const detector = { ...base, ...how, accepts }
    const steps = [{ detectors: [detector], operator: 'remove', keep: 0 } as const]
    const safe = protectParts(parts, steps, key, expect.unreachable)
    expect(safe.asked.map(({ body }) => body)).toEqual(['the ⟨own⟩', '["x"]'])
    expect(safe.altered).toHaveLength(1)
  }
})

describe('kinds of content are kept, digested, encrypted or dropped', () => {
  const messages = [
    {
      role: 'assistant',
      content: '<think>PONDERED</think>yes',
      tool_calls: [
        { id: 't', type: 'function', function: { name: 'find', arguments: '{"q":"ASKED"}' } }
      ]
    },
    {
      role: 'assistant',
      content: [
        { type: 'thinking', thinking: 'PONDERED', signature: 's' },
        { type: 'tool_use', id: 'u', name: 'find', input: { q: 'ASKED' } },
        { type: 'text', text: 'words' }
      ]
    },
    { role: 'tool', tool_call_id: 't', content: 'GIVEN' },
    { role: 'user', content: [{ type: 'tool_result', tool_use_id: 'u', content: 'GIVEN' }] },
    {
      role: 'model',
      parts: [
        { functionCall: { name: 'find', args: { q: 'ASKED' } } },
        { thought: true, text: 'PONDERED' }
      ]
    },
    { role: 'user', parts: [{ functionResponse: { name: 'find', response: { r: 'GIVEN' } } }] },
    {
      role: 'assistant',
      content: [{ toolUse: { toolUseId: 'v', name: 'find', input: { q: 'ASKED' } } }]
    },
    { role: 'user', content: [{ toolResult: { toolUseId: 'v', content: [{ text: 'GIVEN' }] } }] }
  ]

  test.each([
    ['drop', 'erased'],
    ['digest', 'digested'],
    ['encrypt', 'encrypted']
  ] as const)('%s', async (fate, what) => {
    const capture = {
      reasoning: fate,
      toolArguments: fate,
      toolResults: fate,
      logprobs: fate,
      systemState: 'drop'
    } as const
    const redact = [{ detectors: 'secrets' }] as const
    const rules = [{ level: 'RequestResponse', capture, redact }] as const
    const { log, journal } = newLog({
      policy: { ...(fate === 'encrypt' && { recipients: [RECIPIENT] }), rules }
    })
    const call = log.open({ ...chat, input: { messages } })
    call.complete({
      output: 'words',
      reasoning: { source: 'r', text: 'PONDERED' },
      logprobs: [{ token: 'w', logprob: -1 }]
    })
    log.tool('find', () => 'GIVEN', { input: { q: 'ASKED' } })
    await log.close()
    const stored = storedIn(journal.records)
    for (const gone of ['PONDERED', 'ASKED', 'GIVEN', '"token"', '"rss"']) {
      expect(stored).not.toContain(gone)
    }
    expect(stored).toContain('words')
    expect(stored.includes('hmac-sha256')).toBe(fate === 'digest')
    expect(stored.includes('⟨age:')).toBe(fate === 'encrypt')
    const [audited] = callsOf(journal.records).filter(({ stage }) => stage !== 'event')
    expect(audited?.record.altered).toContainEqual({
      pointer: '/reasoning',
      what,
      bytes: 8,
      reason: 'policy'
    })
  })
})
