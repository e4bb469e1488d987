import { type Answer, fakeServer, memoryLog, treeOf } from '@slm-audit/testing'
import { describe, expect, test } from 'vitest'
import { type App, majors, withSteps, wrapModels } from './majors.ts'
import { endedCalls, timedOut } from './use.ts'

/** Ways to record, and whether the end of a stream that nobody tells of is heard. */
const ways = [
  ...majors.map((major) => ({ ...major, major, hears: major.name !== 'ai 7', more: asItIs })),
  ...majors
    .filter(({ name }) => name === 'ai 7')
    .map((major) => ({
      ...major,
      name: 'ai 7 and the middleware',
      major,
      hears: true,
      more: wrapModels
    }))
]

function asItIs(app: App): App {
  return app
}

const plain = (content: string): Answer => ({
  chunks: [JSON.stringify({ choices: [{ message: { content }, finish_reason: 'stop' }] })]
})

/** An answer in pieces; the last of them ends it. */
function streamed(pieces: readonly string[], more: Partial<Answer> = {}): Answer {
  const chunks = pieces.map((content, at) => {
    const isLast = more.after === undefined && at === pieces.length - 1
    const choices = [{ index: 0, delta: { content }, finish_reason: isLast ? 'stop' : null }]
    return `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', choices })}\n\n`
  })
  return { headers: { 'content-type': 'text/event-stream' }, chunks, ...more }
}

function optionsOf(app: App): never {
  const schema = { type: 'object' as const, properties: { a: { type: 'number' as const } } }
  const validate = (value: unknown) =>
    typeof (value as { a?: unknown }).a === 'number'
      ? { success: true as const, value }
      : { success: false as const, error: new Error('a is not a number') }
  return {
    model: app.model,
    schema: app.ai.jsonSchema(schema, { validate }),
    prompt: 'A number?',
    maxRetries: 0,
    ...app.extra
  } as never
}

async function generate(app: App, more: object = {}) {
  return app.ai.generateObject(Object.assign(optionsOf(app), more)).then(
    ({ object }) => ({ object }),
    (error: Error) => ({ name: error.name, message: error.message })
  )
}

/** Streams, and tells all that an application sees; `then` is called with each part. */
async function stream(app: App, more: object = {}, then: () => unknown = () => undefined) {
  const seen: unknown[] = []
  const onError = ({ error }: { error: unknown }) => seen.push(`told: ${String(error)}`)
  const { object, partialObjectStream } = app.ai.streamObject(
    Object.assign(optionsOf(app), { onError, ...more })
  )
  const result = object.catch(String)
  try {
    for await (const part of partialObjectStream) {
      seen.push(JSON.stringify(part))
      if (then() === 'break') return seen
    }
  } catch (error) {
    seen.push(`thrown: ${String(error)}`)
  }
  return [...seen, await result]
}

describe.each(ways)('$name, objects', ({ name, major, hears, more }) => {
  async function play(answer: Answer, run: (app: App) => unknown, closes = false) {
    await using server = await fakeServer(answer)
    const control = await run(major.connect(server.url))
    server.answer(answer)
    const { log, calls, problems } = memoryLog()
    const seen = await run(withSteps(major, more(major.connect(server.url), log), log))
    if (closes) await log.close()
    const found = await endedCalls(calls)
    expect(seen).toEqual(control)
    expect(problems).toEqual([])
    return found
  }

  test('generateObject', async () => {
    const calls = await play(plain('{"a":1}'), generate)
    expect(treeOf(calls)).toEqual(['step ai.generateObject', '  call chat'])
    expect(calls.map(({ contents }) => contents.output)).toEqual([
      { a: 1 },
      [{ type: 'text', text: '{"a":1}' }]
    ])
  })

  test.each(['{"a":"b"}', 'no JSON'])('generateObject answered with %s', async (text) => {
    const calls = await play(plain(text), generate)
    expect(treeOf(calls)).toEqual(['step ai.generateObject (error)', '  call chat'])
    expect(calls[0]?.record.outcome?.type).toBe('AI_NoObjectGeneratedError')
    expect(calls[1]?.contents.output).toEqual([{ type: 'text', text }])
  })

  test('generateObject aborted', async () => {
    const run = (app: App) => timedOut((abortSignal) => generate(app, { abortSignal }))
    const calls = await play({ before: 'hang' }, run)
    expect(calls.map(({ record }) => record.outcome?.by)).toEqual(['timeout', 'timeout'])
  })

  test('streamObject', async () => {
    const calls = await play(streamed(['{"a"', ':1', '}']), stream)
    expect(treeOf(calls)).toEqual(['step ai.streamObject', '  call chat'])
    expect(calls.map(({ contents }) => contents.output)).toEqual([
      { a: 1 },
      [{ type: 'text', text: '{"a":1}' }]
    ])
  })

  test('streamObject answered with what the schema does not allow', async () => {
    const [step, call] = await play(streamed(['{"a"', ':"b"', '}']), stream)
    expect(call?.stage).toBe('complete')
    expect(call?.contents.output).toEqual([{ type: 'text', text: '{"a":"b"}' }])
    expect(step?.contents.output).toBeUndefined()
    // The spans of 5 and 6 do not tell.
    const type = name.startsWith('ai 7') ? 'AI_NoObjectGeneratedError' : undefined
    expect(step?.record.outcome?.type).toBe(type)
  })

  test('streamObject refused', async () => {
    const refused = { status: 500, chunks: ['{"error":{"message":"no"}}'] }
    const calls = await play(refused, stream)
    expect(treeOf(calls)).toEqual(['step ai.streamObject (error)', '  call chat (error)'])
  })

  test('streamObject broken off', async () => {
    const broken = streamed(['{"a"', ':1'], { after: 'destroy' })
    const calls = await play(broken, stream, !hears)
    expect(calls.map(({ stage }) => stage)).toEqual(Array(2).fill(hears ? 'error' : 'abandoned'))
    if (hears) expect(calls[1]?.contents.output).toEqual([{ type: 'text', text: '{"a":1' }])
  })

  const hanging = streamed(['{"a"', ':1'], { after: 'hang' })

  test('streamObject aborted', async () => {
    const run = (app: App) => {
      const stop = new AbortController()
      const then = () => setTimeout(() => stop.abort(), 5)
      return stream(app, { abortSignal: stop.signal }, then)
    }
    const calls = await play(hanging, run, !hears)
    const by = hears ? 'signal' : 'exit'
    expect(calls.map(({ record }) => record.outcome?.by)).toEqual([by, by])
  })

  test('streamObject left', async () => {
    const calls = await play(hanging, (app) => stream(app, {}, () => 'break'), !hears)
    const by = hears ? 'consumer' : 'exit'
    expect(calls.map(({ record }) => record.outcome?.by)).toEqual([by, by])
  })
})
