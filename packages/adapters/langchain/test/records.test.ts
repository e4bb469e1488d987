import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expectRecord } from '@slm-audit/testing/conformance'
import { describe, expect, test } from 'vitest'
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
    settings: { temperature: 0.2, tool_choice: 'auto', metadata: { ticket: 'S-42' } }
  })
  const told = call?.contents
  expect(told).toMatchObject({
    settings: { stop: ['secret stop'], metadata: { note: 'secret note' } }
  })
  expect(JSON.stringify(told?.tools)).toContain('secret tool')
})
