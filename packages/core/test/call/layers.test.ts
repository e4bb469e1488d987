import { setImmediate as turn } from 'node:timers/promises'
import { type CallRequest, type Protocol, wrapFetch } from '@slm-audit/core'
import { describe, expect, test } from 'vitest'
import { callsOf, newLog } from '../helpers.ts'

const framework = { operation: 'chat', provider: 'framework', model: 'm', input: ['hello'] }

const wire: Protocol<string> = {
  name: 'test.wire',
  matches: () => true,
  readRequest: (body): CallRequest => ({
    operation: 'chat',
    provider: 'wire',
    ...(body as { model: string; input: string[] })
  }),
  readResponse: (body) => ({ output: body }),
  start: () => '',
  step: (text) => text,
  finish: (output) => ({ output })
}

/** A log, and a client below that answers `1` to everything. */
function newLayers() {
  const { log, journal } = newLog()
  const base = async (input: Request | string) => {
    // As a network does, it answers in a later turn.
    if (typeof input === 'object') await turn(await input.text())
    return Response.json(1)
  }
  const client = wrapFetch(log, [wire], base as typeof fetch)
  const ask = async (input: unknown, model = 'm', operation?: string) => {
    const body = JSON.stringify({ input, model, ...(operation && { operation }) })
    return (await client('http://m/', { method: 'POST', body })).json()
  }
  const calls = async () => {
    await log.flush()
    return callsOf(journal.records)
  }
  return { log, journal, client, ask, calls }
}

describe('a framework and the client below it record one call', () => {
  test('below a hook that runs the call: the wire is what the record holds', async () => {
    const { log, journal, ask, calls } = newLayers()
    const step = log.open({ operation: 'invoke_agent', provider: 'framework', kind: 'step' })
    const outer = log.open(framework, { yields: true, parent: step.auditId })
    await outer.run(() => ask(['hello']))
    outer.complete({ output: 'what the framework made of it' })
    step.complete({})
    const [, call] = await calls()
    expect(journal.records).toHaveLength(4)
    expect(call).toMatchObject({ auditId: outer.auditId, stage: 'complete' })
    expect(call?.record).toMatchObject({
      parent: step.auditId,
      call: { provider: 'wire', protocol: 'test.wire' }
    })
    expect(call?.contents).toEqual({ input: ['hello'], output: 1 })
  })

  test('a request on the wire that comes after `received` was stored still counts', async () => {
    const { log, ask, calls } = newLayers()
    const outer = log.open({ ...framework, input: [{ text: 'hello' }] }, { yields: true })
    await log.flush()
    await outer.run(() => ask(['hello']))
    outer.complete({})
    const [call, ...more] = await calls()
    expect(more).toEqual([])
    expect(call?.record.call?.provider).toBe('wire')
    expect(call?.contents).toEqual({ input: ['hello'], output: 1 })
  })

  test('with nothing recording below, the framework ends its call', async () => {
    const { log, calls } = newLayers()
    const outer = log.open(framework, { yields: true })
    outer.run(() => undefined)
    outer.complete({ output: 'a' })
    expect((await calls()).map(({ stage, contents }) => [stage, contents.output])).toEqual([
      ['complete', 'a']
    ])
  })

  test('two hooks and a client, three layers deep', async () => {
    const { log, ask, calls } = newLayers()
    const outer = log.open(framework, { yields: true })
    await outer.run(async () => {
      const middle = log.open({ ...framework, provider: 'middle' }, { yields: true })
      await middle.run(() => ask(['hello']))
      middle.complete({})
    })
    outer.complete({})
    expect((await calls()).map(({ record }) => record.call?.provider)).toEqual(['wire'])
  })

  test('another operation inside, and a second request, are calls of their own', async () => {
    const { log, ask, calls } = newLayers()
    const outer = log.open(framework, { yields: true })
    await outer.run(async () => {
      await ask(['hello'], 'm', 'embeddings')
      await ask(['hello'])
      await ask(['hello'])
    })
    outer.complete({})
    expect((await calls()).map(({ record }) => record.call?.operation)).toEqual([
      'chat',
      'embeddings',
      'chat'
    ])
  })

  test('tools and steps inside of a call are not taken for it', async () => {
    const { log, calls } = newLayers()
    const outer = log.open(framework, { yields: true })
    outer.run(() => log.tool('t', () => 1))
    outer.complete({})
    expect((await calls()).map(({ record }) => record.kind)).toEqual(['call', 'tool'])
  })
})

describe('a hook that only hears of the call announces it', () => {
  test('the request that holds its texts takes it over', async () => {
    const { log, ask, calls } = newLayers()
    const outer = log.open(framework, { announces: ['be kind', 'hello'] })
    await ask(['be kind', 'hello'])
    outer.complete({ output: 'framework' })
    const [call, ...more] = await calls()
    expect(more).toEqual([])
    expect(call?.auditId).toBe(outer.auditId)
    expect(call?.contents.output).toBe(1)
  })

  const announced: { readonly [why: string]: readonly [string[], unknown] } = {
    'names who says something': [['hello'], [{ role: 'user', content: 'hello', name: 'bob' }]],
    'answers a tool': [
      ['weather?', 'rain'],
      [
        { role: 'user', content: 'weather?' },
        { role: 'assistant', tool_calls: [{ function: { name: 'sky', arguments: '{"a":1}' } }] },
        { role: 'tool', content: 'rain', name: 'sky', tool_call_id: 'c' }
      ]
    ],
    'answers a tool that gave nothing': [
      ['weather?'],
      [
        { role: 'user', content: 'weather?' },
        { role: 'tool', content: '', name: 'sky' }
      ]
    ],
    'has what a tool gave as a text': [
      ['weather?', 'rain', 'snow'],
      [
        { role: 'user', content: 'weather?' },
        { type: 'function_call_output', output: '[{"type":"text","text":"rain"},{"text":"snow"}]' }
      ]
    ],
    'has what a tool gave as an object': [
      ['weather?', '{"sky":"rain"}'],
      [
        { role: 'user', parts: [{ text: 'weather?' }] },
        { parts: [{ functionResponse: { name: 'sky', response: { sky: 'rain' } } }] }
      ]
    ]
  }
  test.each(Object.entries(announced))('so does one that %s', async (_why, [texts, input]) => {
    const { log, ask, calls } = newLayers()
    const outer = log.open(framework, { announces: texts })
    await ask(input)
    outer.complete({ output: 'framework' })
    const [call, ...more] = await calls()
    expect(more).toEqual([])
    expect(call?.contents.output).toBe(1)
  })

  test('so does a request whose body is read bit by bit', async () => {
    const { log, client, calls } = newLayers()
    const outer = log.open(framework, { announces: ['hello'] })
    const body = JSON.stringify({ input: ['hello'], model: 'm' })
    await (await client(new Request('http://m/', { method: 'POST', body }))).json()
    outer.complete({ output: 'framework' })
    const [call, ...more] = await calls()
    expect(more).toEqual([])
    expect(call?.contents).toMatchObject({ input: ['hello'], output: 1 })
  })

  const others: { readonly [why: string]: (layers: ReturnType<typeof newLayers>) => unknown } = {
    'asks something else': ({ ask }) => ask(['hello you']),
    'goes on': ({ ask }) => ask(['hello', 'more']),
    'goes on in messages': ({ ask }) =>
      ask([
        { role: 'user', content: 'hello' },
        { role: 'user', content: 'more', name: 'hello' }
      ]),
    'asks another model': ({ ask }) => ask(['hello'], 'n'),
    'runs in another context': ({ log, ask }) => log.withContext({}, () => ask(['hello'])),
    'runs in a tool': ({ log, ask }) => log.tool('t', () => ask(['hello'])),
    'comes from another hook': ({ log }) => log.open(framework, { announces: ['hello'] })
  }
  test.each(Object.entries(others))('a request that %s does not', async (_why, other) => {
    const layers = newLayers()
    const outer = layers.log.open(framework, { announces: ['hello'] })
    await other(layers)
    outer.complete({ output: 'framework' })
    const calls = await layers.calls()
    expect(calls.length).toBeGreaterThan(1)
    expect(calls[0]?.contents.output).toBe('framework')
  })

  test('two runs of the same prompt at once are two records', async () => {
    const { log, ask, calls } = newLayers()
    const first = log.open(framework, { announces: ['hello'] })
    const second = log.open(framework, { announces: ['hello'] })
    await Promise.all([ask(['hello']), ask(['hello'])])
    first.complete({})
    second.complete({})
    expect((await calls()).map(({ auditId }) => auditId)).toEqual([first.auditId, second.auditId])
  })
})
