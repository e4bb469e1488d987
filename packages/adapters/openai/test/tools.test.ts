import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { helpersOf, majors } from './clients.ts'
import { body, messages, model } from './scenario.ts'

const asking = JSON.stringify({
  id: 'c0',
  object: 'chat.completion',
  model: 'm-1',
  choices: [
    {
      index: 0,
      finish_reason: 'tool_calls',
      message: {
        role: 'assistant',
        content: null,
        tool_calls: [
          {
            id: 'call_1',
            type: 'function',
            function: { name: 'weather', arguments: '{"city":"Rome"}' }
          }
        ]
      }
    }
  ]
})

for (const { name, OpenAI } of majors) {
  test(`${name}: .runTools() makes a record of each model call, and of tools that the log runs`, async () => {
    await using server = await fakeServer({ chunks: [asking] }, { chunks: [body('Sunny.')] })
    const { log, calls } = memoryLog()
    const client = wrapOpenAI(new OpenAI({ baseURL: server.url, apiKey: 'k' }), log)
    const weather = {
      name: 'weather',
      description: 'Weather now',
      parameters: { type: 'object', properties: { city: { type: 'string' } } },
      parse: JSON.parse,
      function: (input: { city: string }) =>
        log.tool('weather', () => `${input.city}: sunny`, { input })
    }
    const said = await log.step('agent', () =>
      helpersOf(client)
        .runTools({ model, messages, tools: [{ type: 'function', function: weather }] })
        .finalContent()
    )
    expect(said).toBe('Sunny.')
    const [step, first, tool, second] = await calls()
    const kinds = [step, first, tool, second].map((call) => [call?.record.kind, call?.stage])
    expect(kinds).toEqual([
      ['step', 'complete'],
      ['call', 'complete'],
      ['tool', 'complete'],
      ['call', 'complete']
    ])
    expect([first, second].map((call) => call?.record.parent)).toEqual([
      step?.record.auditId,
      step?.record.auditId
    ])
    expect(tool?.record).toMatchObject({
      parent: first?.record.auditId,
      call: { toolCallId: 'call_1' }
    })
    expect(second?.contents.input).toHaveLength(3)
  })
}
