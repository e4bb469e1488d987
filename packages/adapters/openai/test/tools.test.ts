import type { AuditedCall } from '@slm-audit/core/reader'
import { fakeServer, memoryLog } from '@slm-audit/testing'
import { makeParseableTool } from 'openai/lib/parser'
import { expect, test } from 'vitest'
import { wrapOpenAI } from '../src/index.ts'
import { helpersOf, majors } from './clients.ts'
import { body, chunk, messages, model, sse } from './scenario.ts'

/** A function that a model asks for: id, arguments. */
type Asked = readonly [id: string | undefined, city: string]

const callOf = ([id, city]: Asked, index: number) => ({
  index,
  ...(id !== undefined && { id }),
  type: 'function',
  function: { name: 'weather', arguments: JSON.stringify({ city }) }
})

const askingFor = (...asked: Asked[]) => {
  const message = { role: 'assistant', content: null, tool_calls: asked.map(callOf) }
  const choices = [{ index: 0, finish_reason: 'tool_calls', message }]
  return JSON.stringify({ id: 'c0', object: 'chat.completion', model: 'm-1', choices })
}

const asking = askingFor(['call_1', 'Rome'])

const parameters = { type: 'object', properties: { city: { type: 'string' } } }

/** The records of tools with the city that each was run for and the place of the call that asked. */
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

  test(`${name}: .runTools() makes a record of each tool that it runs, below the call that asked`, async () => {
    const both = askingFor(['call_1', 'Rome'], ['call_2', 'Bonn'])
    await using server = await fakeServer({ chunks: [both] }, { chunks: [body('Sunny.')] })
    const { log, calls } = memoryLog()
    const given: unknown[] = []
    class Weather {
      readonly name = 'weather'
      readonly parameters = parameters
      readonly #slow = new Map([['Rome', 20]])
      // The second is parsed first.
      async parse(text: string) {
        const parsed = JSON.parse(text)
        await new Promise((resolve) => setTimeout(resolve, this.#slow.get(parsed.city) ?? 0))
        return parsed
      }
      function = function weather(this: unknown, { city }: { city: string }, runner: object) {
        given.push([this, Object.hasOwn(runner, 'messages')])
        return `${city}: sunny`
      }
    }
    const weather = Object.freeze(new Weather())
    const tools = Object.freeze([Object.freeze({ type: 'function', function: weather })])
    const asked = Object.freeze({ model, messages, tools })
    const run = (client: InstanceType<typeof OpenAI>) =>
      helpersOf(client)
        .runTools(asked as never)
        .finalContent()
    const bare = new OpenAI({ baseURL: server.url, apiKey: 'k' })
    expect(await run(bare)).toBe('Sunny.')
    server.answer({ chunks: [both] }, { chunks: [body('Sunny.')] })
    const client = wrapOpenAI(new OpenAI({ baseURL: server.url, apiKey: 'k' }), log)
    expect(await run(client)).toBe('Sunny.')
    expect(given).toEqual([1, 2, 3, 4].map(() => [weather, true]))
    const [first, second, third, fourth] = server.requests.map((request) => request.body)
    expect([third, fourth]).toEqual([first, second])
    const tool = { stage: 'complete', name: 'weather', asker: 0 }
    expect((await toolsOf(calls)).sort((a, b) => (String(a.id) < String(b.id) ? -1 : 1))).toEqual([
      { ...tool, id: 'call_1', input: { city: 'Rome' }, output: 'Rome: sunny' },
      { ...tool, id: 'call_2', input: { city: 'Bonn' }, output: 'Bonn: sunny' }
    ])
  })

  test(`${name}: .runTools(): streamed answers, tools with a schema, tools that fail`, async () => {
    const delta = { role: 'assistant', tool_calls: [callOf(['call_7', 'Ulm'], 0)] }
    const part = { id: 'c0', object: 'chat.completion.chunk', model: 'm-1' }
    const choices = [{ index: 0, delta, finish_reason: 'tool_calls' }]
    const asks = `data: ${JSON.stringify({ ...part, choices })}\n\n`
    await using server = await fakeServer(
      { headers: sse, chunks: [asks, 'data: [DONE]\n\n'] },
      { headers: sse, chunks: [chunk('Sunny.', 'stop'), 'data: [DONE]\n\n'] }
    )
    const { log, calls } = memoryLog()
    const client = wrapOpenAI(new OpenAI({ baseURL: server.url, apiKey: 'k' }), log)
    const weather = ({ city }: { city: string }) => {
      if (city === 'Ulm') return { sky: 'blue' }
      throw new RangeError('no such city')
    }
    const described = { type: 'function' as const, function: { name: 'weather', parameters } }
    const made = makeParseableTool(described as never, { parser: JSON.parse, callback: weather })
    const runTools = (stream: boolean) =>
      helpersOf(client)
        .runTools({ model, messages, tools: [made as never], stream } as never)
        .finalContent()
    expect(await runTools(true)).toBe('Sunny.')
    server.answer({ chunks: [askingFor(['', 'Nowhere'])] })
    await expect(runTools(false)).rejects.toThrow('no such city')
    expect(await toolsOf(calls)).toMatchObject([
      {
        stage: 'complete',
        id: 'call_7',
        input: { city: 'Ulm' },
        output: { sky: 'blue' },
        asker: 0
      },
      { stage: 'error', input: { city: 'Nowhere' }, asker: 3 }
    ])
  })
}

test('tools of a derived client, of two logs, and of functions named nowhere else', async () => {
  const [{ OpenAI } = { OpenAI: undefined }] = majors
  if (OpenAI === undefined) throw new Error('no client')
  await using server = await fakeServer({ chunks: [asking] }, { chunks: [body('Sunny.')] })
  const [first, second] = [memoryLog(), memoryLog()]
  const once = wrapOpenAI(new OpenAI({ baseURL: server.url, apiKey: 'k' }), first.log)
  const client = wrapOpenAI(once, second.log).withOptions({ timeout: 5000 })
  function weather() {
    return 'sunny'
  }
  const tools = [{ type: 'function', function: { function: weather, parameters } }]
  await client.chat.completions.runTools({ model, messages, tools } as never).done()
  for (const { calls, problems } of [first, second]) {
    expect(await toolsOf(calls)).toMatchObject([
      { name: 'weather', id: 'call_1', input: '{"city":"Rome"}', output: 'sunny', asker: 0 }
    ])
    expect(problems).toEqual([])
    for (const { record } of await calls()) expect(record.context).toBeUndefined()
  }
})
