import Anthropic from '@anthropic-ai/sdk'
import { betaTool } from '@anthropic-ai/sdk/helpers/beta/json-schema'
import type { AuditedCall } from '@slm-audit/core/reader'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { expect, test } from 'vitest'
import { wrapAnthropic } from '../src/index.ts'

const message = (content: object[], stop_reason: string) => ({
  id: 'msg_1',
  type: 'message',
  role: 'assistant',
  model: 'm-1',
  content,
  stop_reason,
  usage: { input_tokens: 3, output_tokens: 2 }
})

const use = (id: string, city: string) => ({
  type: 'tool_use',
  id,
  name: 'weather',
  input: { city }
})
const answer = (content: object[], reason: string) => ({
  chunks: [JSON.stringify(message(content, reason))]
})
const asking = answer([use('toolu_1', 'Rome'), use('toolu_2', 'Nowhere')], 'tool_use')
const said = answer([{ type: 'text', text: 'Sunny.' }], 'end_turn')

const event = (type: string, more: object) =>
  `event: ${type}\ndata: ${JSON.stringify({ type, ...more })}\n\n`

/** The same as events. */
const streamed = (
  blocks: readonly { type: string; id?: string; input?: object }[],
  reason: string
) => ({
  headers: { 'content-type': 'text/event-stream' },
  chunks: [
    event('message_start', { message: { ...message([], ''), stop_reason: null } }),
    ...blocks.flatMap(({ input, ...block }, index) => [
      event('content_block_start', {
        index,
        content_block: { ...block, ...(input && { input: {} }) }
      }),
      ...(input
        ? [
            event('content_block_delta', {
              index,
              delta: { type: 'input_json_delta', partial_json: JSON.stringify(input) }
            })
          ]
        : []),
      event('content_block_stop', { index })
    ]),
    event('message_delta', { delta: { stop_reason: reason }, usage: { output_tokens: 2 } }),
    event('message_stop', {})
  ]
})

async function toolsOf(calls: () => Promise<readonly AuditedCall[]>) {
  const all = await calls()
  const place = new Map(all.map(({ auditId }, index) => [auditId, index]))
  return all
    .filter(({ record }) => record.kind === 'tool')
    .map(({ stage, record: { call, parent }, contents: { input, output } }) => ({
      stage,
      name: call?.name,
      id: call?.toolCallId,
      input,
      output,
      asker: place.get(parent ?? '')
    }))
}

const weather = Object.freeze(
  betaTool({
    name: 'weather',
    description: 'Weather now',
    inputSchema: { type: 'object', properties: { city: { type: 'string' } } },
    run: (input) => {
      const { city } = input as { city: string }
      if (city === 'Nowhere') throw new RangeError('no such city')
      return `${city}: sunny`
    }
  })
)
const asked = { model: 'm', max_tokens: 9, messages: [{ role: 'user' as const, content: 'hi' }] }
const tool = { name: 'weather', asker: 0 }
const whole = [
  { ...tool, stage: 'complete', id: 'toolu_1', input: { city: 'Rome' }, output: 'Rome: sunny' },
  { ...tool, stage: 'error', id: 'toolu_2', input: { city: 'Nowhere' } }
]

test.each([
  ['plain', false, [asking, said]],
  [
    'streamed',
    true,
    [
      streamed([use('toolu_1', 'Rome'), use('toolu_2', 'Nowhere')], 'tool_use'),
      streamed([{ type: 'text' }], 'end_turn')
    ]
  ]
] as const)(
  'toolRunner, %s: each tool is recorded below the call that asked, and sent alike',
  async (_, stream, answers) => {
    await using server = await fakeServer(...answers)
    const { log, calls, problems } = memoryLog()
    const run = async (client: Anthropic) => {
      const runner = client.beta.messages.toolRunner({
        ...asked,
        tools: [weather],
        stream
      } as never)
      expect(runner.params.tools).toEqual([weather])
      expect(runner.params.tools[0]).toBe(weather)
      return await runner
    }
    const bare = await run(new Anthropic({ baseURL: server.url, apiKey: 'k' }))
    server.answer(...answers)
    const client = wrapAnthropic(new Anthropic({ baseURL: server.url, apiKey: 'k' }), log)
    expect(await run(client)).toEqual(bare)
    const [first, second, third, fourth] = server.requests.map(({ body }) => body)
    expect([third, fourth]).toEqual([first, second])
    expect(await toolsOf(calls)).toMatchObject(whole)
    expect(problems).toEqual([])
  }
)

test('tools that a runner is given later, and those that the application records itself', async () => {
  await using server = await fakeServer(asking, said)
  const { log, calls } = memoryLog()
  const client = wrapAnthropic(new Anthropic({ baseURL: server.url, apiKey: 'k' }), log)
  const own = {
    ...weather,
    run: (input: unknown) => log.tool('weather', () => weather.run(input as never), { input })
  }
  const runner = client.beta.messages.toolRunner({ ...asked, tools: [] })
  runner.setMessagesParams((before) => {
    expect(before.tools).toEqual([])
    return { ...before, tools: [own as never] }
  })
  expect(runner.params.tools[0]).toBe(own)
  await runner.runUntilDone()
  expect(await toolsOf(calls)).toMatchObject(whole)
})
