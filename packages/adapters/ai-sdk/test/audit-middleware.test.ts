import { setTimeout as sleep } from 'node:timers/promises'
import type { AuditedCall } from '@slm-audit/core/reader'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expectRecord, testClient } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { answerOf, folder, limited } from './answers.ts'
import { type App, type Major, majors, wrapModels } from './majors.ts'
import { type Asked, generate, stream } from './use.ts'

const params = { system: 'Be brief.', prompt: 'Weather in Ulm?', temperature: 0.2 }
const beginning = { ...answerOf('streamed', 3), after: 'hang' as const }

/** The recorded words, without the reasoning. */
function text(output: unknown): string {
  const parts: { type?: string; text?: string }[] = Array.isArray(output) ? output : []
  return parts.flatMap((part) => (part.type === 'text' ? [part.text] : [])).join('')
}

async function untilRain(app: App, then: (stop: AbortController) => unknown) {
  const stop = new AbortController()
  const seen: unknown[] = []
  for await (const part of stream(app, { ...params, signal: stop.signal })) {
    seen.push(part)
    if (!JSON.stringify(part).includes('Rain')) continue
    await sleep(5)
    if (then(stop) === 'break') break
  }
  return seen
}

const ended = (stage: string, words: string, by?: string) => (calls: AuditedCall[]) => {
  expect(calls.map((call) => [call.stage, text(call.contents.output)])).toEqual([[stage, words]])
  expect(calls[0]?.record.outcome?.by).toBe(by)
}

/** The SDK keeps a branch of each stream to itself, so that nothing is closed when a reader leaves. */
const keepsOpen = 'the SDK reads on a branch of its own; see the scenario below'

function testMajor(major: Major): void {
  testClient<App>({
    name: `${major.name}, middleware`,
    connect: (url, { retries }) => major.connect(url, { retries }),
    wrap: wrapModels,
    plain: {
      folder: folder('plain'),
      params,
      run: (app, asked: Asked, options) => generate(app, { ...asked, ...options })
    },
    throwsInStreams: false,
    stream: {
      folder: folder('streamed'),
      params,
      run: (app, asked: Asked, options) => stream(app, { ...asked, ...options })
    },
    text,
    expected: {
      'the answer is not JSON': { stage: 'error', type: 'AI_APICallError' },
      // The SDK gives the signal to fetch, which refuses it.
      'a signal of another realm aborts before the answer': { stage: 'error', by: undefined }
    },
    without: {
      'stream: the consumer breaks after two chunks': keepsOpen,
      'stream: the consumer throws': keepsOpen,
      'stream: never read': 'when the request leaves is a race; see below',
      'stream: the signal aborts in mid-stream': 'what is under way then is a race; see below'
    },
    scenarios: [
      {
        name: 'stream: aborted while the model is quiet',
        answers: [beginning],
        run: (app) => untilRain(app, (stop) => stop.abort()),
        check: ended('cancelled', 'Rain', 'signal')
      },
      {
        name: 'stream: left while the model goes on',
        answers: [beginning],
        run: (app) => untilRain(app, () => 'break'),
        leavesOpen: true,
        check: ended('abandoned', 'Rain', 'exit')
      },
      {
        name: 'refused, then answered',
        answers: [limited, answerOf('plain')],
        retries: 1,
        run: (app) => generate(app, params),
        check(calls) {
          expect(calls.map(({ stage }) => stage)).toEqual(['error', 'complete'])
          expect(calls[0]?.record.outcome).toMatchObject({ type: 'AI_APICallError', status: 429 })
        }
      },
      {
        name: 'embeddings, two requests for one embedMany',
        answers: [embedded(1), embedded(2)],
        run: async (app) => {
          const model = app.embedding as never
          Object.defineProperty(model, 'maxEmbeddingsPerCall', { value: 1 })
          const values = ['rain', 'sun']
          const { embeddings, usage } = await app.ai.embedMany({
            model,
            values,
            maxParallelCalls: 1
          })
          return { embeddings, usage }
        },
        check(calls) {
          expect(calls.map(({ contents }) => contents)).toEqual([
            { input: ['rain'], output: [[1, 0.5]] },
            { input: ['sun'], output: [[2, 0.5]] }
          ])
          expect(calls[0]?.record).toMatchObject({
            call: { operation: 'embeddings', model: 'embedder' },
            response: { usage: { inputTokens: 3 } }
          })
          if (major.name === 'ai 7') expectRecord(calls[0], folder('embedding'))
        }
      }
    ]
  })
}

function embedded(first: number) {
  const data = [{ object: 'embedding', index: 0, embedding: [first, 0.5] }]
  const body = { object: 'list', data, model: 'e', usage: { prompt_tokens: 3, total_tokens: 3 } }
  return { chunks: [JSON.stringify(body)] }
}

describe.each(majors)('$name, what a record holds', (major) => {
  test.each(['plain', 'streamed', 'tools'])('%s', async (name) => {
    await using server = await fakeServer(answerOf(name))
    const { log, calls } = memoryLog()
    const app = wrapModels(major.connect(server.url), log)
    const tools = { weather: app.ai.tool({ description: 'd', inputSchema: schema(app) }) }
    if (name === 'streamed') for await (const _part of stream(app, params));
    else await generate(app, { ...params, ...(name === 'tools' && { tools }) })
    const [call] = await calls()
    if (major.name === 'ai 7') expectRecord(call, folder(name))
    expect(call?.record.response).toMatchObject({
      id: 'chatcmpl-7',
      model: 'qwen3-0.6b',
      finish: [name === 'tools' ? 'tool_calls' : 'stop'],
      usage: { inputTokens: 12, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2 }
    })
  })
})

function schema(app: App) {
  return app.ai.jsonSchema({ type: 'object', properties: { city: { type: 'string' } } })
}

for (const major of majors) testMajor(major)
