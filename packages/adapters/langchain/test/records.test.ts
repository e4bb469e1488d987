import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expectRecord } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
import { auditHandler } from '../src/index.ts'
import { answerOf, folder } from './answers.ts'
import { majors, withHandler } from './majors.ts'

const messages: [string, string][] = [
  ['system', 'Be brief.'],
  ['human', 'Weather in Ulm?']
]

describe.each(majors)('$name, what a record holds', (major) => {
  test.each(['plain', 'streamed', 'tools'])('%s', async (name) => {
    await using server = await fakeServer(answerOf(name))
    const { log, calls, problems } = memoryLog()
    const { model, callbacks } = withHandler(major.connect(server.url), log)
    if (name === 'streamed')
      for await (const _chunk of await model.stream(messages, { callbacks }));
    else await model.invoke(messages, { callbacks })
    const [call] = await calls()
    if (major.name === 'langchain 1') expectRecord(call, folder(name))
    expect(call?.stage).toBe('complete')
    expect(call?.record.response).toMatchObject({
      finish: [name === 'tools' ? 'tool_calls' : 'stop'],
      usage: { inputTokens: 12, outputTokens: 5, cacheReadTokens: 4, reasoningTokens: 2 }
    })
    expect(problems).toEqual([])
  })
})

test.each(majors)('$name: what parameters say is content, not header', async (major) => {
  await using server = await fakeServer(answerOf('plain'))
  const { log, journal, calls } = memoryLog()
  const { model, callbacks } = withHandler(major.connect(server.url), log)
  const parameters = { type: 'object', properties: { city: { description: 'secret city' } } }
  const tool = { type: 'function', function: { name: 'w', description: 'secret tool', parameters } }
  const settings = {
    callbacks,
    stop: ['secret stop'],
    tools: [tool],
    tool_choice: 'auto',
    prediction: { type: 'content', content: 'secret prediction' },
    metadata: { ticket: 'S-42', note: 'secret note' }
  }
  await model.invoke([['human', 'secret prompt']], settings as never)
  for (const { header } of journal.records) expect(header).not.toContain('secret')
  const [call] = await calls()
  expect(call?.record.call).toMatchObject({
    tools: ['w'],
    settings: { temperature: 0.2, tool_choice: 'auto' }
  })
  const told = call?.contents
  expect(told).toMatchObject({
    settings: { stop: ['secret stop'], metadata: { ticket: 'S-42', note: 'secret note' } }
  })
  expect(JSON.stringify(told?.tools)).toContain('secret tool')
})

/** What a model answers with the probability of each of its tokens. */
function tokens(...all: readonly string[]) {
  return all.map((token) => ({ token, logprob: -0.5, bytes: null, top_logprobs: [] }))
}

test.each(majors)('$name: probabilities by token, plain and streamed', async ({ langchain }) => {
  const about = { id: 'c', created: 1, model: 'm' }
  const message = { role: 'assistant', content: 'Rain now' }
  const whole = { content: tokens('Rain', ' now') }
  const choice = { index: 0, message, logprobs: whole, finish_reason: 'stop' }
  const chunks = ['Rain', ' now'].map((content, at) => {
    const logprobs = { content: tokens(content) }
    const choices = [{ index: 0, delta: { content }, logprobs, finish_reason: at ? 'stop' : null }]
    return `data: ${JSON.stringify({ ...about, object: 'chat.completion.chunk', choices })}\n\n`
  })
  await using server = await fakeServer(
    { chunks: [JSON.stringify({ ...about, object: 'chat.completion', choices: [choice] })] },
    { headers: { 'content-type': 'text/event-stream' }, chunks: [...chunks, 'data: [DONE]\n\n'] }
  )
  const { log, calls } = memoryLog()
  const model = new langchain.ChatOpenAI({
    model: 'm',
    apiKey: 'key',
    logprobs: true,
    configuration: { baseURL: `${server.url}/v1` },
    callbacks: [auditHandler(log)]
  })
  await model.invoke('Weather?')
  for await (const _chunk of await model.stream('Weather?'));
  const found = await calls()
  expect(found).toHaveLength(2)
  for (const { record, contents } of found) {
    expect(record.confidence).toMatchObject({ tokens: 2, meanLogprob: -0.5 })
    expect(contents.logprobs).toEqual([
      { token: 'Rain', logprob: -0.5 },
      { token: ' now', logprob: -0.5 }
    ])
  }
})
