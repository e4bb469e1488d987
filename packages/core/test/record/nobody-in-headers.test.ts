import { parseRecord, type SealedRecord, wrapFetch } from '@slm-audit/core'
import { auditRecordSchema } from '@slm-audit/core/schema'
import { describe, expect, test } from 'vitest'
import { callsOf, chat, newLog } from '../helpers.ts'

/** Whoever these are of must be in no header. */
const PERSON = /alice|\+1555|jones/i
const KEYS = /sk-proj|abcdef0123|hunter2|AKIA/

const textOf = ({ contents }: SealedRecord) =>
  contents.map(({ body }) => new TextDecoder().decode(body)).join('\n')

async function recorded(
  use: (log: ReturnType<typeof newLog>['log']) => unknown,
  codes: readonly string[] = []
) {
  const { log, journal, problems } = newLog()
  await use(log)
  await log.flush()
  expect(problems.map(({ code }) => code)).toEqual(codes)
  for (const { header } of journal.records) {
    auditRecordSchema.parse(JSON.parse(header))
    expect(header).not.toMatch(PERSON)
    expect(header).not.toMatch(KEYS)
  }
  return { records: journal.records, call: callsOf(journal.records)[0] }
}

describe('nothing that identifies a person is in a header by accident', () => {
  const mail = 'alice@example.com'
  const requests: { readonly [name: string]: object } = {
    settings: { settings: { user: mail, metadata: { patient: 'Alice-Jones' }, seed: 1 } },
    'a model in a home directory': { model: '/home/alice/models/qwen3.gguf' },
    'a model in a home directory of Windows': { model: 'C:\\Users\\Alice\\qwen3.gguf' },
    'a model named by an address': { model: mail },
    'a path': { endpoint: { address: 'host', path: '/v1/users/alice/chat/completions' } },
    'the name of a tool': { name: 'Alice Jones' },
    'the id of a tool call': { toolCallId: mail },
    'names of tools': { toolNames: ['weather', 'mail alice'] },
    'a server': { server: { name: 'mail of alice', version: '1' } },
    'a stored prompt': { prompt: { name: 'greet alice', version: '2' } },
    'a conversation': { conversation: mail },
    'a kind': { kind: 'call of alice' },
    'an identity': {
      identity: {
        name: 'qwen3',
        file: '/home/alice/qwen3.gguf',
        source: 'file:///home/alice/qwen3.gguf',
        files: { '/home/alice/model.onnx': 'a'.repeat(64) },
        runtime: { build: 'by alice@example.com' },
        adapters: [{ file: '/home/alice/lora.gguf', scale: 0.5, of: 'alice' }]
      }
    }
  }
  test.each(Object.entries(requests))('%s of a request', async (name, more) => {
    const { records } = await recorded((log) => log.open({ ...chat, ...more }).complete({}))
    if (name === 'a kind') return
    expect(records.map(textOf).join('\n')).toMatch(PERSON)
    expect(parseRecord(records[0] ?? { header: '{}' }).altered ?? [{}]).not.toEqual([])
  })

  test('a member that nobody reads', async () => {
    const { log, journal } = newLog()
    log.open({ ...chat, [mail]: 1 } as object as typeof chat)
    await log.flush()
    const [received] = journal.records
    expect(received?.header).not.toMatch(PERSON)
    expect(received?.header).toContain('"pointer":"/call/*"')
  })

  const answers: { readonly [name: string]: object } = {
    'an error': { error: { type: 'alice is not allowed', code: mail, message: 'alice' } },
    'a finish reason': { finishReasons: ['alice said stop'] },
    'names of tools': { toolCalls: [{ id: 'a', name: 'Alice Jones' }] },
    ids: { id: mail, requestId: 'for alice', fingerprint: mail },
    'a model': { model: '/home/alice/qwen3.gguf' },
    details: { details: { user: mail, service_tier: 'alice', seed: 1 } },
    counts: {
      usage: { inputTokens: 1, raw: { prompt_tokens: 1, by: { [mail]: 1 }, of: 'alice' } }
    },
    'counts in a list': { usage: { raw: [{ [mail]: 1 }, { tokens: 1 }] } },
    'counts in words': { usage: { raw: 'of alice' } },
    'labels of classes': { scores: [{ label: 'the passport of alice', score: 1 }] },
    'a place of reasoning': { reasoning: { source: 'thoughts of alice', text: 'alice' } }
  }
  test.each(Object.entries(answers))('%s of an answer', async (_, answer) => {
    const { records } = await recorded((log) => log.open(chat).complete(answer))
    expect(records.map(textOf).join('\n')).toMatch(PERSON)
  })

  test('an error of an application', async () => {
    const error = Object.assign(new Error('no alice'), { name: 'Alice is away', code: mail })
    await recorded((log) => log.open(chat).fail(new Error('x', { cause: error })))
    await recorded((log) => log.open(chat).fail(error))
  })

  test('what code declares around calls beside the members of a context', async () => {
    const context = {
      user: 'u-7',
      tags: { tier: 'gold' },
      email: mail,
      api_key: 'sk-proj-abcdef0123456789'
    }
    const { call, records } = await recorded(
      (log) => log.withContext(context, () => log.open(chat).complete({})),
      ['bad_option', 'bad_option']
    )
    expect(call?.record.context).toEqual({ user: 'u-7', tags: { tier: 'gold' } })
    expect(call?.contents['header.context']).toEqual({ email: mail })
    expect(records.map(textOf).join('\n')).not.toMatch(KEYS)
    expect(call?.record.altered).toContainEqual({
      pointer: '/header.context/api_key',
      what: 'erased',
      reason: 'key'
    })
  })

  test('what people say of a call', async () => {
    const { records } = await recorded((log) =>
      log.annotate(log.open(chat).auditId, { rating: 5, label: 'good', comment: 'alice was kind' })
    )
    const [annotation] = records.filter(({ header }) => parseRecord({ header }).stage === 'event')
    expect(annotation && parseRecord(annotation).event).toEqual({ rating: 5, label: 'good' })
    expect(annotation && textOf(annotation)).toBe('{"comment":"alice was kind"}')
  })

  test('the place of a picture in a prompt', async () => {
    const picture = `data:image/png;base64,${'aGVsbG8g'.repeat(4)}`
    await recorded((log) => log.open({ ...chat, input: { [mail]: picture } }).complete({}))
  })

  test('the path of a call on the wire', async () => {
    const protocol = {
      name: 'test.wire',
      matches: () => true,
      readRequest: () => ({ ...chat, model: 'qwen3' }),
      readResponse: () => ({}),
      start: () => undefined,
      step: () => undefined,
      finish: () => ({})
    }
    const { call } = await recorded(async (log) => {
      const fetch = wrapFetch(log, [protocol], async () => Response.json({}))
      const url =
        'http://host/v1/models/qwen3:generateContent/users/alice?key=sk-proj-abcdef0123456789'
      await (await fetch(url, { method: 'POST', body: '{}' })).text()
    })
    expect(call?.record.call?.endpoint?.path).toBe('/v1/models/qwen3:generateContent/*/*')
  })
})

describe('keys are kept nowhere', () => {
  const key = 'sk-proj-abcdef0123456789'
  const requests: { readonly [name: string]: object } = {
    'a setting by its name': { settings: { api_key: 'hunter2', seed: 1 } },
    'a setting by its look': { settings: { note: `use ${key} please` } },
    'deep in settings': { settings: { extra_body: { auth: { value: 'hunter2' } } } },
    'an address': { settings: { url: 'https://bob:hunter2@host/sse?api_key=hunter2&a=1' } },
    'headers of a tool': { tools: [{ type: 'mcp', headers: { 'X-Any': 'hunter2' } }] },
    'authorization of a tool': { tools: [{ type: 'mcp', authorization: 'hunter2' }] },
    'a data source beside messages': {
      input: { messages: ['hi'], data_sources: [{ parameters: { api_key: 'hunter2' } }] }
    },
    'a part of a path': { endpoint: { address: 'host', path: `/v1/${key}/chat` } },
    'the name of a model': { model: key },
    'a cloud': { settings: { aws: { id: 'AKIAABCDEFGHIJKLMNOP', secretAccessKey: 'hunter2' } } }
  }
  test.each(Object.entries(requests))('%s', async (_, more) => {
    const { records } = await recorded((log) => log.open({ ...chat, ...more }).complete({}))
    expect(records.map(textOf).join('\n')).not.toMatch(KEYS)
    expect(parseRecord(records[0] ?? { header: '{}' }).altered).toContainEqual(
      expect.objectContaining({ what: 'erased', reason: 'key' })
    )
  })

  test('the schema of a tool may ask for a password; words that sound like keys stay', async () => {
    const tools = [
      {
        name: 'login',
        parameters: { properties: { password: { type: 'string' } }, required: ['password'] }
      }
    ]
    const settings = { max_tokens: 5, pad_token: '<pad>', prompt_cache_key: 'k', use_auth: true }
    const { call } = await recorded((log) => log.open({ ...chat, tools, settings }).complete({}))
    expect(call?.contents.tools).toEqual(tools)
    expect(call?.contents.settings).toEqual({
      pad_token: '<pad>',
      prompt_cache_key: 'k',
      use_auth: true
    })
    expect(call?.record.altered).toBeUndefined()
  })
})

test('ids of a span that are not ids, and contents that are cut off, cost no record', async () => {
  const traceContext = () => ({ traceId: 'of alice', spanId: 'x' })
  const { log, journal, problems } = newLog({ traceContext, maxContentLength: 40 })
  const toolNames = Array.from({ length: 4_000 }, (_, at) => `tool_${at}`)
  const request = { ...chat, toolNames, name: `greet alice ${'x'.repeat(100)}` }
  log.withContext({ user: 'u-7', note: 'x'.repeat(100) } as object, () =>
    log.open({ ...request, conversation: `c of alice ${'x'.repeat(100)}` }).complete({})
  )
  await log.flush()
  expect(problems.map(({ code }) => code)).toEqual(['bad_option'])
  const [call] = callsOf(journal.records)
  expect([call?.stage, call?.record.trace]).toEqual(['complete', undefined])
  for (const { header } of journal.records) {
    auditRecordSchema.parse(JSON.parse(header))
    expect(header).not.toMatch(PERSON)
  }
})
