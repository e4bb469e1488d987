import { wrapFetch } from '@slm-audit/core'
import type { AuditedCall } from '@slm-audit/core/reader'
import { openaiChat, openaiEmbeddings } from '@slm-audit/openai'
import { type Answer, fakeServer, memoryLog, treeOf } from '@slm-audit/testing'
import { registerTelemetry } from 'ai'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { auditTelemetry } from '../src/index.ts'
import { answerOf, streamedTools } from './answers.ts'
import { type App, majors } from './majors.ts'
import { endedCalls, generate, newAgent, stream, timedOut } from './use.ts'

const ai7 = majors.find(({ name }) => name === 'ai 7') ?? fail()
const known = globalThis.AI_SDK_TELEMETRY_INTEGRATIONS
afterEach(() => {
  globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = known
})

function fail(): never {
  throw new Error('no such major')
}

/** Telemetry of the call's own, which passes by what is registered. */
const own = { telemetry: { integrations: { onStart: () => undefined } } }

interface Played {
  readonly seen: unknown
  readonly calls: AuditedCall[]
}

/** What a run gives with a log that is registered, or without one. */
async function play(
  answers: readonly Answer[],
  run: (app: App) => unknown,
  extra: object,
  isRegistered = true
): Promise<Played> {
  await using server = await fakeServer(...answers)
  const { log, calls, problems } = memoryLog()
  globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = []
  if (isRegistered) registerTelemetry(auditTelemetry(log), auditTelemetry(log))
  const app = { ...ai7.connect(server.url), extra }
  const seen = await log.withContext({ user: 'u-7' }, async () => run(app))
  const found = await endedCalls(calls)
  await log.close()
  expect(problems).toEqual([])
  return { seen, calls: found }
}

/** What records say, without what no two calls have alike. */
function saying(calls: readonly AuditedCall[]): unknown[] {
  return calls.map(({ stage, record, contents }) => {
    const { call, response, outcome, reasoning, context, kind } = record
    return { stage, kind, call, response, outcome, reasoning, context, contents }
  })
}

async function collect(app: App, asked: object = {}) {
  const parts: unknown[] = []
  for await (const part of stream(app, asked)) parts.push(part)
  return parts.length
}

/** A stream whose attempts the SDK makes one by one. */
async function collectWithRetries(app: App) {
  const retries = { streamRetries: 1, ...app.extra }
  return collect({ ...app, extra: retries })
}

async function abortStream(app: App) {
  const stop = new AbortController()
  for await (const part of stream(app, { signal: stop.signal })) {
    if (JSON.stringify(part).includes('Rain')) setTimeout(() => stop.abort(), 5)
  }
}

const beginning = answerOf('streamed', 3)
const embedded = (...all: number[]): Answer => {
  const data = all.map((first, index) => ({ object: 'embedding', index, embedding: [first] }))
  return { chunks: [JSON.stringify({ data, model: 'e', usage: { prompt_tokens: 3 } })] }
}
const failing: Answer = {
  ...answerOf('streamed', 1),
  chunks: ['data: {"error":{"message":"overloaded"}}\n\n']
}
const embed = (app: App) =>
  app.ai.embed({ model: app.embedding as never, value: 'rain', maxRetries: 0, ...app.extra })

/** What a run records when it brings telemetry of its own, and when it does not. */
async function compare(answers: readonly Answer[], run: (app: App) => unknown, settings = {}) {
  const control = await play(answers, run, {}, false)
  const heard = await play(answers, run, { telemetry: settings })
  const telemetry = { ...own.telemetry, ...settings }
  const passedBy = await play(answers, run, { telemetry })
  expect([heard.seen, passedBy.seen]).toEqual([control.seen, control.seen])
  expect(control.calls).toEqual([])
  return { heard: heard.calls, passedBy: passedBy.calls }
}

const embedMany = (app: App) =>
  app.ai.embedMany({
    model: app.embedding as never,
    values: ['rain', 'sun'],
    maxParallelCalls: 1,
    ...app.extra
  })

describe('a call with telemetry of its own is recorded from the channel as if it had none', () => {
  const cases: { [name: string]: [answers: Answer[], run: (app: App) => unknown] } = {
    'generateText, an agent': [[answerOf('tools'), answerOf('plain')], newAgent(generate)],
    'a model that fails': [
      [{ status: 500, chunks: ['{"error":{"message":"no"}}'] }],
      (app) => generate(app).catch((error: Error) => error.message)
    ],
    'an abort of generateText': [
      [{ before: 'hang' }],
      (app) => timedOut((signal) => generate(app, { signal }))
    ],
    'an abort of streamText': [[{ ...beginning, after: 'hang' }], abortStream],
    'a stream that breaks off': [
      [{ ...beginning, after: 'destroy' }],
      (app) => collect(app).catch((error: Error) => error.message)
    ],
    embed: [[embedded(1)], embed],
    'embed fails': [
      [{ status: 500, chunks: ['{"error":{"message":"no"}}'] }],
      (app) => Promise.resolve(embed(app)).catch((error: Error) => error.message)
    ],
    'embedMany, in one request': [[embedded(1, 2)], embedMany]
  }
  test.each(Object.entries(cases))('%s', async (_name, [answers, run]) => {
    const { heard, passedBy } = await compare(answers, run)
    expect(treeOf(passedBy)).toEqual(treeOf(heard))
    expect(saying(passedBy)).toEqual(saying(heard))
  })
})

describe('what the channel tells less of', () => {
  test('streamText: the text of the step, which its last call has', async () => {
    const answers = [streamedTools, answerOf('streamed')]
    const { heard, passedBy } = await compare(answers, newAgent(stream))
    const [step, ...below] = heard
    const { output, ...contents } = step?.contents ?? {}
    expect(output).toBe('Rain, 11 °C.')
    const less = { ...step, contents } as AuditedCall
    expect(saying(passedBy)).toEqual(saying([less, ...below]))
  })

  test('a stream that is tried again: the same, and each attempt is a call', async () => {
    const answers = [failing, answerOf('streamed')]
    const { heard, passedBy } = await compare(answers, collectWithRetries)
    const tree = ['step ai.streamText', '  call chat (error)', '  call chat']
    expect(treeOf(heard)).toEqual(tree)
    expect(treeOf(passedBy)).toEqual(tree)
    expect(saying(passedBy.slice(1))).toEqual(saying(heard.slice(1)))
  })

  test('embedMany in several requests: one call of them all', async () => {
    const run = (app: App) => {
      Object.defineProperty(app.embedding, 'maxEmbeddingsPerCall', { value: 1 })
      return embedMany(app)
    }
    const { heard, passedBy } = await compare([embedded(1), embedded(2)], run)
    expect(heard.map(({ contents }) => contents.output)).toEqual([undefined, [[1]], [[2]]])
    expect(passedBy.map(({ contents }) => contents.output)).toEqual([undefined, [[1], [2]]])
    expect(passedBy[1]?.record.response?.usage).toMatchObject({ inputTokens: 6 })
  })

  test('what may not be kept: no result at all, so no usage, and which tools failed', async () => {
    const answers = [answerOf('tools'), answerOf('plain')]
    const { heard, passedBy } = await compare(answers, newAgent(generate), { recordInputs: false })
    expect(treeOf(heard)).toContain('    tool weather (error)')
    expect(treeOf(passedBy)).toEqual([
      'step ai.generateText',
      '  call chat',
      '  tool weather',
      '  tool weather',
      '  call chat'
    ])
    expect(passedBy.map(({ contents }) => contents)).toEqual([{}, {}, {}, {}, {}])
  })

  test('a stream that may not be kept ends with what comes next', async () => {
    const answers = [streamedTools, answerOf('streamed')]
    const { passedBy } = await compare(answers, newAgent(stream), { recordOutputs: false })
    expect(passedBy.map(({ stage, record }) => [record.kind, stage])).toEqual([
      ['step', 'complete'],
      ['call', 'complete'],
      ['tool', 'complete'],
      ['tool', 'complete'],
      ['call', 'complete']
    ])
    expect(passedBy[1]?.contents.input).toBeDefined()
    const hanging = [{ ...beginning, after: 'hang' as const }]
    const aborted = await compare(hanging, abortStream, { recordOutputs: false })
    // Nor is it told that an error was an abort.
    expect(aborted.passedBy.map(({ stage }) => stage)).toEqual(['error', 'error'])
  })
})

describe('once and no more', () => {
  test.each([
    ['a client below', openaiChat, [answerOf('tools'), answerOf('plain')], newAgent(generate)],
    ['a client below that embeds', openaiEmbeddings, [embedded(1)], embed]
  ] as const)(
    '%s gives the one record of each model call',
    async (_name, protocol, answers, run) => {
      await using server = await fakeServer(...answers)
      const { log, calls } = memoryLog()
      globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = [auditTelemetry(log)]
      const fetch = wrapFetch(log, [protocol])
      await run({ ...ai7.connect(server.url, { fetch }), extra: own })
      const models = (await calls()).filter(({ record }) => record.kind === 'call')
      expect(models).toHaveLength(answers.length)
      for (const { record } of models) expect(record.call?.protocol).toBe(protocol.name)
    }
  )

  test('a call that hears, inside of a tool of one that does not: one tree', async () => {
    await using server = await fakeServer(answerOf('tools'), answerOf('plain'))
    const { log, calls } = memoryLog()
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = [auditTelemetry(log)]
    const app = ai7.connect(server.url)
    const inputSchema = app.ai.jsonSchema({ type: 'object' })
    const execute = async () => (await generate(app)) && log.tool('look', () => 1)
    const tools = { weather: app.ai.tool({ inputSchema, execute } as never) }
    await generate({ ...app, extra: own }, { tools, steps: 1 })
    expect(treeOf(await calls()).slice(0, 5)).toEqual([
      'step ai.generateText',
      '  call chat',
      '    tool weather',
      '      step ai.generateText',
      '        call chat'
    ])
  })

  test('nothing is recorded where telemetry is off, or the integration is one call’s alone', async () => {
    const off = await play([answerOf('plain')], (app) => generate(app), {
      telemetry: { isEnabled: false }
    })
    expect(off.calls).toEqual([])
    await using server = await fakeServer(answerOf('plain'))
    const { log, calls } = memoryLog()
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = []
    const app = ai7.connect(server.url)
    await generate({ ...app, extra: { telemetry: { integrations: auditTelemetry(log) } } })
    await generate({ ...app, extra: own })
    expect(treeOf(await calls())).toEqual(['step ai.generateText', '  call chat'])
  })

  test('a log that is closed has left the channel', async () => {
    const { log } = memoryLog()
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = [auditTelemetry(log)]
    await log.close()
    await using server = await fakeServer(answerOf('plain'))
    expect(await generate({ ...ai7.connect(server.url), extra: own })).toMatchObject({
      text: 'Rain, 11 °C.'
    })
  })

  test.each([
    ['a browser', undefined],
    ['a runtime that has them in part', () => ({ tracingChannel: () => ({ start: {} }) })],
    ['one that has the module alone', () => ({ tracingChannel: () => expect.fail('no such') })]
  ])('without channels, in %s, the integration works alone', async (_name, getBuiltinModule) => {
    const { log, calls } = memoryLog()
    vi.resetModules()
    const fresh = await import('../src/index.ts')
    vi.stubGlobal('process', { ...process, getBuiltinModule })
    const integration = fresh.auditTelemetry(log)
    vi.unstubAllGlobals()
    await using server = await fakeServer(answerOf('plain'))
    globalThis.AI_SDK_TELEMETRY_INTEGRATIONS = [integration]
    const app = ai7.connect(server.url)
    await generate(app)
    await generate({ ...app, extra: own })
    expect(treeOf(await calls())).toEqual(['step ai.generateText', '  call chat'])
  })
})
