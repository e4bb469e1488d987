import { readFileSync } from 'node:fs'
import type { AuditLog } from '@slm-audit/core'
import { fieldAt } from '@slm-audit/core/schema'
import { SCHEMA_URL } from '@slm-audit/otlp'
import { describe, expect, test } from 'vitest'
import { ATTRIBUTES, CONTENT, EVENTS, METRICS, RENAMED } from '../src/base/semconv.ts'
import { scope } from '../src/out/scope.ts'
import { answer, chat, exported } from './support.ts'

const names = [
  ...ATTRIBUTES.map(([attribute]) => attribute),
  ...Object.values(CONTENT),
  ...Object.values(EVENTS),
  ...Object.values(METRICS).map(({ name }) => name)
]

describe('the table of names', () => {
  test('is pinned to a version of the conventions, and so is the package', () => {
    expect(SCHEMA_URL).toBe('https://opentelemetry.io/schemas/gen-ai/0.1.0')
    const manifest = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    expect(scope).toMatchObject(JSON.parse(`{"version":"${JSON.parse(manifest).version}"}`))
  })

  test('has no name that the conventions replaced, and every replacement that they made', () => {
    expect(names.filter((name) => name in RENAMED)).toEqual([])
    const known = new Set([...names, 'gen_ai.provider.name', 'gen_ai.output.type'])
    const replaced = Object.values(RENAMED).filter((name) => name !== null)
    expect(replaced.filter((name) => !known.has(name))).toEqual([])
  })

  test('names fields that a record has', () => {
    // Places that hold what records say under names of its own, or that providers name.
    const own = /^(settings|tokens|modal|tool|step|retrieval)\./
    const paths = ATTRIBUTES.flatMap(([, , ...fields]) => fields).filter((path) => !own.test(path))
    expect(paths.length).toBeGreaterThan(30)
    expect(paths.filter((path) => fieldAt(path) === undefined)).toEqual([])
  })
})

test('a request with everything: settings as sent, also where providers nest them', async () => {
  const { spans } = await exported({ content: 'span' }, (log) => {
    const settings = {
      generationConfig: {
        temperature: 1,
        topP: 0.9,
        topK: 40,
        maxOutputTokens: 9,
        candidateCount: 2
      },
      response_format: { type: 'json_schema' },
      reasoning: { effort: 'low' },
      stop: ['a', 'b']
    }
    const request = { ...chat, provider: 'google', settings, prompt: { name: 'p', version: '2' } }
    log.withContext(
      { user: 'u-7', session: 's-1', conversation: 'c-1', tenant: 't', tags: { tier: 'gold' } },
      () => log.open(request).complete({})
    )
  })
  expect(spans[0].attributes).toMatchObject({
    'gen_ai.provider.name': 'gcp.gemini',
    'gen_ai.request.temperature': 1,
    'gen_ai.request.top_p': 0.9,
    'gen_ai.request.top_k': 40,
    'gen_ai.request.max_tokens': 9,
    'gen_ai.request.choice.count': 2,
    'gen_ai.request.stop_sequences': ['a', 'b'],
    'gen_ai.request.reasoning.level': 'low',
    'gen_ai.output.type': 'json',
    'gen_ai.prompt.name': 'p',
    'gen_ai.prompt.version': '2',
    'gen_ai.conversation.id': 'c-1',
    'enduser.pseudo.id': 'u-7',
    'session.id': 's-1',
    'slm_audit.tenant': 't',
    'slm_audit.tag.tier': 'gold'
  })
})

test('what is not known is not there', async () => {
  const { spans } = await exported({}, (log) =>
    log
      .open({ operation: 'chat', provider: 'node-llama-cpp', settings: { seed: 'x', n: 1 } })
      .complete({})
  )
  const ours = Object.keys(spans[0].attributes).filter((name) => !name.startsWith('slm_audit.'))
  expect(ours.sort()).toEqual(['gen_ai.operation.name', 'gen_ai.provider.name'])
  expect(spans[0]).toMatchObject({ name: 'chat', kind: 'SPAN_KIND_INTERNAL' })
})

test.each([
  [
    'Anthropic',
    { input_tokens: 3, cache_read_input_tokens: 50, cache_creation_input_tokens: 7 },
    60,
    4
  ],
  ['OpenAI', { prompt_tokens: 60 }, 3, 4],
  ['Gemini', { promptTokenCount: 3, thoughtsTokenCount: 6 }, 3, 10]
])(
  'token counts of %s hold all that the conventions want in them',
  async (_name, raw, input, output) => {
    const usage = {
      inputTokens: 3,
      outputTokens: 4,
      cacheReadTokens: 50,
      cacheWriteTokens: 7,
      reasoningTokens: 6,
      raw
    }
    const { spans } = await exported({}, (log) => log.open(chat).complete({ ...answer, usage }))
    expect(spans[0].attributes).toMatchObject({
      'gen_ai.usage.input_tokens': input,
      'gen_ai.usage.output_tokens': output,
      'gen_ai.usage.cache_read.input_tokens': 50,
      'gen_ai.usage.cache_write.input_tokens': 7,
      'gen_ai.usage.reasoning.output_tokens': 6
    })
  }
)

describe('how a call ended', () => {
  const abort = (by: 'signal' | 'timeout') => exported({}, (log) => log.open(chat).cancel(by))

  test('an error: its type on span and event, its message only with content', async () => {
    const fail = (log: AuditLog) =>
      log.open(chat).fail(Object.assign(new RangeError('secret'), { status: 429 }))
    const { spans, events } = await exported({}, fail)
    expect(spans[0]).toMatchObject({
      status: { code: 'STATUS_CODE_ERROR' },
      attributes: { 'error.type': 'RangeError', 'http.response.status_code': 429 }
    })
    expect(events[0]).toMatchObject({
      eventName: 'gen_ai.client.inference.exception',
      severityNumber: 'SEVERITY_NUMBER_WARN',
      attributes: { 'exception.type': 'RangeError' }
    })
    expect(JSON.stringify([spans, events])).not.toContain('secret')
    const open = await exported({ content: 'event' }, fail)
    expect(open.events[1].attributes['exception.message']).toBe('secret')
  })

  test('the exception of an embedding, of a tool, and of what else fails', async () => {
    const { events } = await exported({}, async (log) => {
      log.open({ ...chat, operation: 'embeddings' }).fail(new RangeError('a'))
      await log.tool('t', () => Promise.reject(new RangeError('b'))).catch(() => undefined)
      log.open({ ...chat, operation: 'rerank' }).fail(new RangeError('c'))
    })
    expect(events.map(({ eventName }) => eventName)).toEqual([
      'gen_ai.client.embeddings.exception',
      'gen_ai.execute_tool.exception',
      'gen_ai.client.operation.exception'
    ])
  })

  test('cancelled by its application is not an error, by a timeout it is one', async () => {
    const { spans } = await abort('signal')
    expect(spans[0].status.code).toBe('STATUS_CODE_UNSET')
    expect(spans[0].attributes).toMatchObject({
      'slm_audit.stage': 'cancelled',
      'slm_audit.ended_by': 'signal'
    })
    expect((await abort('timeout')).spans[0]).toMatchObject({
      status: { code: 'STATUS_CODE_ERROR' },
      attributes: { 'error.type': 'timeout' }
    })
  })

  test('abandoned: an error', async () => {
    const { spans } = await exported({}, (log) => log.open(chat).cancel('exit'))
    expect(spans[0].attributes).toMatchObject({ 'error.type': 'abandoned' })
  })
})

test('tools and steps are internal spans with their names', async () => {
  const { spans } = await exported({ content: 'span' }, async (log) => {
    await log.step('answer', () =>
      log.tool('weather', async () => 'rain', { input: { at: 'Paris' }, toolCallId: 'c1' })
    )
  })
  expect(spans.map(({ name, kind }) => [name, kind])).toEqual([
    ['execute_tool weather', 'SPAN_KIND_INTERNAL'],
    ['invoke_workflow answer', 'SPAN_KIND_INTERNAL']
  ])
  expect(spans[0].attributes).toMatchObject({
    'gen_ai.tool.name': 'weather',
    'gen_ai.tool.call.id': 'c1',
    'gen_ai.tool.call.arguments': { at: 'Paris' },
    'gen_ai.tool.call.result': 'rain'
  })
})

test('records that are not calls are events; one about a call lies in its span', async () => {
  const annotate = (log: AuditLog) => {
    const call = log.open(chat)
    call.complete(answer)
    log.annotate(call.auditId, { note: 'she was angry', score: 1 })
  }
  const { spans, events } = await exported({}, annotate)
  expect(events[0]).toMatchObject({
    eventName: 'slm_audit.annotation',
    spanId: spans[0].spanId,
    traceId: spans[0].traceId
  })
  // What people wrote is content.
  expect(events[0].attributes['slm_audit.event']).toEqual({ score: 1 })
  const whole = (await exported({ content: 'event' }, annotate)).events[1]
  expect(whole.attributes['slm_audit.event']).toEqual({
    kinds: ['note'],
    note: 'she was angry',
    score: 1
  })
})

test('a retrieval has its query and documents as content, and no messages', async () => {
  const documents = [{ id: 'd1', score: 0.5, content: 'Rain.' }]
  const { spans, metrics } = await exported({ content: 'span' }, (log) => {
    const request = {
      kind: 'step',
      operation: 'retrieval',
      provider: 'langchain',
      name: 'store',
      settings: { top_k: 3 }
    }
    log.open({ ...request, input: 'rain?' }).complete({ output: documents })
  })
  const { attributes } = spans[0]
  expect(attributes['gen_ai.retrieval.query.text']).toBe('rain?')
  expect(attributes).toMatchObject({
    'gen_ai.data_source.id': 'store',
    'gen_ai.retrieval.top_k': 3
  })
  expect(attributes).not.toHaveProperty('gen_ai.request.top_k')
  expect(attributes).not.toHaveProperty('gen_ai.agent.name')
  expect(attributes['gen_ai.retrieval.documents']).toEqual(documents)
  expect(attributes['gen_ai.input.messages']).toBe(undefined)
  expect(metrics.map(({ name }) => name)).toContain('gen_ai.retrieval.duration')
})

test('a tool that retrieves is a tool by its name as by its contents', async () => {
  const { spans } = await exported({ content: 'span' }, (log) => {
    const request = { kind: 'tool', operation: 'retrieval', provider: 'application', name: 'find' }
    log.open({ ...request, input: { query: 'rain?' } }).complete({ output: [] })
  })
  const { attributes } = spans[0]
  expect(attributes['gen_ai.tool.name']).toBe('find')
  expect(attributes['gen_ai.tool.call.arguments']).toEqual({ query: 'rain?' })
  expect(attributes).not.toHaveProperty('gen_ai.data_source.id')
})
