import { wrapFetch } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { memoryLog, treeOf } from '@slm-audit/testing'
import { expectRecord, storesNoCanary } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import { auditTraceProcessor } from '../src/index.ts'
import { AgentsTracing } from './agents-span.ts'

const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

function newTracing() {
  const made = memoryLog()
  const tracing = new AgentsTracing()
  const processor = auditTraceProcessor(made.log, tracing.getCurrentSpan)
  tracing.add(processor)
  // Adding it twice is harmless.
  tracing.add(auditTraceProcessor(made.log, tracing.getCurrentSpan))
  const asked = [{ id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{}' } }]
  const message = { role: 'assistant', content: null, tool_calls: asked }
  const body = {
    id: 'c',
    model: 'm',
    choices: [{ index: 0, message, finish_reason: 'tool_calls' }]
  }
  const base = async () => Response.json(body)
  const fetch = wrapFetch(made.log, [openaiChat as never], base)
  const ask = async () => {
    const init = { method: 'POST', body: JSON.stringify({ model: 'm', messages: [] }) }
    return (await fetch('http://m/v1/chat/completions', init)).json()
  }
  return { ...made, tracing, ask }
}

const agent = (name: string) => ({ type: 'agent', name, tools: ['weather'] })

test('agents, handoffs, guardrails and tools are one tree, with the calls of a wrapped client', async () => {
  const { log, tracing, ask, calls, problems } = newTracing()
  await log.withContext({ session: 's-1' }, () =>
    tracing.trace('group-1', () =>
      tracing.span({ type: 'task', name: 'run' }, async () => {
        await tracing.span(agent('first'), () =>
          tracing.span({ type: 'turn', turn: 1 }, async () => {
            await tracing.span(
              { type: 'guardrail', name: 'polite', triggered: false },
              async () => 1
            )
            await tracing.span({ type: 'response' }, ask)
            await tracing.span({ type: 'handoff', from_agent: 'first' }, async (span) => {
              span.data = { ...span.data, to_agent: 'expert' }
            })
          })
        )
        await tracing.span(agent('expert'), async () => {
          await tracing.span({ type: 'generation' }, ask)
          await tracing.span({ type: 'function', name: 'weather', input: '' }, async (span) => {
            span.data = { ...span.data, input: '{"city":"Ulm"}' }
            await log.record(
              { operation: 'chat', provider: 'own', model: 'in-tool' },
              async () => 1
            )
            span.data = { ...span.data, output: 'rain' }
          })
        })
      })
    )
  )
  const found = await calls()
  expect(treeOf(found)).toEqual([
    'step run',
    '  step first',
    '    step polite',
    '    call chat',
    '    step first',
    '  step expert',
    '    call chat',
    '      tool weather',
    '        call chat'
  ])
  const tool = found.find(({ record }) => record.kind === 'tool')
  expect(tool?.contents).toEqual({ input: { city: 'Ulm' }, output: 'rain' })
  expect(tool?.record.call?.toolCallId).toBe('call_1')
  expectRecord(tool, folder('tool'))
  expect(found.map(({ record }) => record.context?.session)).toEqual(Array(9).fill('s-1'))
  const handoff = found.find(({ record }) => record.call?.operation === 'handoff')
  expect(handoff?.contents.output).toEqual({ from: 'first', to: 'expert' })
  expect(found[0]?.record.context?.conversation).toBe('group-1')
  expect(problems).toEqual([])
})

test('a model call that no client records is recorded as its span tells', async () => {
  const { tracing, calls } = newTracing()
  await tracing.trace(null, () =>
    tracing.span(agent('a'), () =>
      tracing.span({ type: 'response' }, async (span) => {
        const usage = { input_tokens: 4, output_tokens: 2 }
        const call = { type: 'function_call', call_id: 'call_9', name: 'weather' }
        const response = { id: 'r', model: 'm', status: 'completed', output: [call], usage }
        span.data = { ...span.data, _input: 'rain?', _response: response }
      })
    )
  )
  const [, call, ...more] = await calls()
  expect(more).toEqual([])
  expect(call?.record).toMatchObject({
    kind: 'call',
    call: { operation: 'chat', protocol: 'openai-agents.tracing', model: 'm' },
    response: {
      id: 'r',
      usage: { inputTokens: 4, outputTokens: 2 },
      toolCalls: [{ id: 'call_9', name: 'weather' }]
    }
  })
  expect(call?.contents.input).toBe('rain?')
  expectRecord(call, folder('model'))
})

test('errors are those of the spans; a guardrail that triggers is no error', async () => {
  const { tracing, calls } = newTracing()
  await tracing.span(agent('a'), async (span) => {
    span.error = { message: 'Guardrail tripwire triggered', data: { guardrail: 'g' } }
    await tracing.span({ type: 'guardrail', name: 'g', triggered: false }, async (inner) => {
      inner.data = { ...inner.data, triggered: true }
    })
    await tracing.span({ type: 'response' }, async (inner) => {
      inner.error = { message: 'no answer' }
    })
  })
  const found = await calls()
  expect(found.map(({ stage, contents }) => [stage, contents.error ?? contents.output])).toEqual([
    ['error', 'Guardrail tripwire triggered'],
    ['complete', { triggered: true }],
    ['error', 'no answer']
  ])
})

test('a span that its trace leaves open is abandoned with it', async () => {
  const { tracing, calls } = newTracing()
  await tracing.trace(null, () => tracing.span(agent('a'), async () => 1, false))
  const [step] = await calls()
  expect([step?.stage, step?.record.outcome?.by]).toEqual(['abandoned', 'unread'])
})

test('after the log closed nothing is recorded, and nothing fails', async () => {
  const { log, tracing, calls } = newTracing()
  await log.close()
  expect(await tracing.span(agent('a'), async () => 1)).toBe(1)
  expect(await calls().catch(() => [])).toEqual([])
})

test('a client that is asked at once in the first span hangs below it, once', async () => {
  const { log, tracing, calls } = newTracing()
  await tracing.span(agent('a'), () =>
    log.record({ operation: 'chat', provider: 'own' }, async () => 1)
  )
  expect(treeOf(await calls())).toEqual(['step a', '  call chat'])
})

test('what a span throws reaches nobody, and is told once', async () => {
  const { tracing, calls, problems } = newTracing()
  const data = {
    get type(): string {
      throw new RangeError('no type')
    }
  }
  expect(await tracing.span(data, async () => 1)).toBe(1)
  expect(await tracing.span(data, async () => 2)).toBe(2)
  expect(await calls()).toEqual([])
  expect(problems.map(({ code }) => code)).toEqual(['protocol_failed'])
})

test('two runs at once are two trees', async () => {
  const { tracing, ask, calls } = newTracing()
  const run = (name: string) =>
    tracing.trace(name, () =>
      tracing.span(agent(name), async () => {
        await tracing.span({ type: 'response' }, ask)
        await tracing.span({ type: 'function', name: 'weather', input: '' }, async () => 'rain')
      })
    )
  await Promise.all([run('a'), run('b')])
  const found = await calls()
  expect(treeOf(found)).toEqual([
    'step a',
    '  call chat',
    '    tool weather',
    'step b',
    '  call chat',
    '    tool weather'
  ])
})

test('without the function that says where code runs, the mistake is named', () => {
  const { log } = memoryLog()
  expect(() => auditTraceProcessor(log, undefined as never)).toThrow(/needs getCurrentSpan/)
})

test('nothing that a policy redacts is stored of agents, tools and their errors', () =>
  storesNoCanary(async (log, text) => {
    const tracing = new AgentsTracing()
    tracing.add(auditTraceProcessor(log, tracing.getCurrentSpan))
    const tool = { type: 'function', name: 'find', input: JSON.stringify({ text }), output: text }
    await tracing.trace('group-1', () =>
      tracing.span({ type: 'agent', name: 'support', output_type: text }, async (span) => {
        await tracing.span(tool, async (inner) => {
          inner.error = { message: text, data: { text } }
        })
        span.error = { message: text }
      })
    )
  }))
