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
