import { wrapFetch } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { type Answer, fakeServer, memoryLog, treeOf } from '@slm-audit/testing'
import { describe, expect, test } from 'vitest'
import { answerOf, limited, streamedTools } from './answers.ts'
import { type App, type Major, majors, withSteps } from './majors.ts'
import { endedCalls, generate, newAgent, stream, timedOut } from './use.ts'

async function play(major: Major, answers: readonly Answer[], run: (app: App) => unknown) {
  await using server = await fakeServer(...answers)
  const control = await run(major.connect(server.url))
  server.answer(...answers)
  const { log, calls, problems } = memoryLog()
  const seen = await run(withSteps(major, major.connect(server.url), log))
  const found = await endedCalls(calls)
  expect(seen).toEqual(control)
  expect(problems).toEqual([])
  return found
}

describe.each(majors)('$name, steps and tools', (major) => {
  const cases = [
    ['generateText', generate, [answerOf('tools'), answerOf('plain')]],
    ['streamText', stream, [streamedTools, answerOf('streamed')]]
  ] as const
  test.each(cases)('%s: an agent is one tree', async (name, run, answers) => {
    const calls = await play(major, answers, newAgent(run))
    expect(treeOf(calls)).toEqual([
      `step ai.${name}`,
      '  call chat',
      '    tool weather',
      '    tool weather (error)',
      '  call chat'
    ])
    const models = calls.filter(({ record }) => record.kind === 'call')
    const isStreamed = name === 'streamText'
    expect(models.map(({ record }) => record.call?.stream)).toEqual([isStreamed, isStreamed])
    const [step, , ulm, oslo] = calls
    expect(step?.record.call).toMatchObject({ operation: 'invoke_agent', model: 'qwen3' })
    expect(step?.contents.output).toBe('Rain, 11 °C.')
    expect(ulm?.record.call?.toolCallId).toBe('call_u')
    expect(ulm?.contents).toEqual({ input: { city: 'Ulm' }, output: 'rain in Ulm' })
    expect(oslo?.record).toMatchObject({ outcome: { type: 'RangeError' } })
    expect(oslo?.contents.error).toBe('no weather there')
  })

  test('embed', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [1] }]
    const calls = await play(major, [{ chunks: [JSON.stringify({ data, model: 'e' })] }], (app) =>
      app.ai.embed({ model: app.embedding as never, value: 'rain', ...app.extra })
    )
    expect(treeOf(calls)).toEqual(['step ai.embed', '  call embeddings'])
    expect(calls[1]?.contents).toEqual({ input: ['rain'], output: [[1]] })
    expect(calls[1]?.record.response?.usage).toBeUndefined()
  })

  test('embed, tried again', async () => {
    const data = [{ object: 'embedding', index: 0, embedding: [1] }]
    const answers = [limited, { chunks: [JSON.stringify({ data, model: 'e' })] }]
    const calls = await play(major, answers, ({ ai, embedding, extra }) =>
      ai.embed({ model: embedding as never, value: 'rain', maxRetries: 1, ...extra })
    )
    expect(treeOf(calls)).toEqual([
      'step ai.embed',
      '  call embeddings (error)',
      '  call embeddings'
    ])
  })

  test('generateObject', async () => {
    const body = { choices: [{ message: { content: '{"a":1}' }, finish_reason: 'stop' }] }
    const calls = await play(major, [{ chunks: [JSON.stringify(body)] }], async (app) => {
      const schema = app.ai.jsonSchema({ type: 'object' })
      const { model, extra } = app
      return (await app.ai.generateObject({ model, schema, prompt: 'x', ...extra } as never)).object
    })
    expect(treeOf(calls)).toEqual(['step ai.generateObject', '  call chat'])
    expect(calls[0]?.contents.output).toEqual({ a: 1 })
    expect(calls[1]?.contents.output).toEqual([{ type: 'text', text: '{"a":1}' }])
    expect(calls[1]?.record.response).not.toHaveProperty('id')
  })

  test('a model that fails ends its step, too', async () => {
    const failing = [{ status: 500, chunks: ['{"error":{"message":"no"}}'] }]
    const run = (app: App) => generate(app).catch((error: Error) => error.message)
    const calls = await play(major, failing, run)
    expect(treeOf(calls)).toEqual(['step ai.generateText (error)', '  call chat (error)'])
  })

  test('an abort of generateText cancels both', async () => {
    const run = (app: App) => timedOut((signal) => generate(app, { signal }))
    const calls = await play(major, [{ before: 'hang' }], run)
    expect(treeOf(calls)).toEqual(['step ai.generateText (cancelled)', '  call chat (cancelled)'])
    expect(calls.map(({ record }) => record.outcome?.by)).toEqual(['timeout', 'timeout'])
  })

  test('an abort of streamText cancels both', async () => {
    const hanging = { ...answerOf('streamed', 3), after: 'hang' as const }
    const calls = await play(major, [hanging], async (app) => {
      const stop = new AbortController()
      for await (const part of stream(app, { signal: stop.signal })) {
        if (JSON.stringify(part).includes('Rain')) setTimeout(() => stop.abort(), 5)
      }
    })
    expect(treeOf(calls)).toEqual(['step ai.streamText (cancelled)', '  call chat (cancelled)'])
    expect(calls.map(({ record }) => record.outcome?.by)).toEqual(['signal', 'signal'])
  })

  test('a wrapped client below gives the one record of each model call', async () => {
    await using server = await fakeServer(answerOf('tools'), answerOf('plain'))
    const { log, calls } = memoryLog()
    const fetch = wrapFetch(log, [openaiChat])
    const app = withSteps(major, major.connect(server.url, { fetch }), log)
    await newAgent(generate)(app)
    const found = await calls()
    expect(treeOf(found)).toEqual([
      'step ai.generateText',
      '  call chat',
      '    tool weather',
      '    tool weather (error)',
      '  call chat'
    ])
    const models = found.filter(({ record }) => record.kind === 'call')
    expect(models.map(({ record }) => record.call?.protocol)).toEqual([
      'openai.chat',
      'openai.chat'
    ])
  })
})
