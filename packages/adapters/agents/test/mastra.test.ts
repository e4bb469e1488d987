import { wrapFetch } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { memoryLog, treeOf } from '@slm-audit/testing'
import { expect, onTestFinished, test, vi } from 'vitest'
import { type AuditMastraBridge, auditMastraBridge } from '../src/index.ts'

interface Told {
  readonly type: string
  readonly name: string
  readonly more?: object
  readonly end?: object
}

/** The part of Mastra's tracing that asks a bridge for ids and runs code in its spans, as version 1.71 does. */
async function span<T>(
  bridge: AuditMastraBridge,
  { type, name, more = {}, end = {} }: Told,
  run: (ids: { id: string; traceId: string }) => Promise<T>,
  parent?: { id: string; traceId: string }
): Promise<T> {
  const { spanId, traceId, parentSpanId } = bridge.createSpan({ parent })
  const exportedSpan = { id: spanId, traceId, parentSpanId, type, name, ...more }
  await bridge.exportTracingEvent({ type: 'span_started', exportedSpan })
  const gave = await bridge.executeInContext(spanId, () => run({ id: spanId, traceId }))
  const ended = { ...exportedSpan, ...end }
  await bridge.exportTracingEvent({ type: 'span_ended', exportedSpan: ended })
  return gave
}

function newMastra() {
  const made = memoryLog()
  const bridge = auditMastraBridge(made.log)
  const message = { role: 'assistant', content: 'rain' }
  const body = { id: 'c', model: 'm', choices: [{ index: 0, message, finish_reason: 'stop' }] }
  const fetch = wrapFetch(made.log, [openaiChat as never], async () => Response.json(body))
  const ask = async () => {
    const init = { method: 'POST', body: JSON.stringify({ model: 'm', messages: [] }) }
    return (await fetch('http://m/v1/chat/completions', init)).json()
  }
  return { ...made, bridge, ask }
}

test('an agent: its model calls, and tools below the call that asked', async () => {
  const { log, bridge, ask, calls, problems } = newMastra()
  expect(auditMastraBridge(log)).toBe(bridge)
  const agent = {
    type: 'agent_run',
    name: "agent run: 'a'",
    more: { entityName: 'a', input: 'Hi' }
  }
  const asked = { output: { text: '', toolCalls: [{ toolCallId: 't1', toolName: 'weather' }] } }
  const tool = {
    type: 'tool_call',
    name: "tool: 'weather'",
    more: { input: { city: 'Ulm' }, attributes: { toolCallId: 't1' } },
    end: { output: { sky: 'rain' } }
  }
  const text = await span(bridge, { ...agent, end: { output: { text: 'rain' } } }, (outer) =>
    span(
      bridge,
      { type: 'model_generation', name: 'llm' },
      async (generation) => {
        const attributes = {
          usage: { inputTokens: 4, outputTokens: 2 },
          finishReason: 'tool-calls'
        }
        const step = { type: 'model_step', name: 'step: 0', more: { input: [] } }
        await span(
          bridge,
          { ...step, end: { ...asked, attributes } },
          async () => undefined,
          generation
        )
        await span(bridge, tool, async () => undefined, generation)
        await span(bridge, { type: 'model_step', name: 'step: 1' }, ask, generation)
        return 'rain'
      },
      outer
    )
  )
  expect(text).toBe('rain')
  const found = await calls()
  expect(treeOf(found)).toEqual(['step a', '  call chat', '    tool weather', '  call chat'])
  const [, told, ran, seen] = found
  expect(told?.record).toMatchObject({
    call: { protocol: 'mastra.tracing' },
    response: { toolCalls: [{ id: 't1', name: 'weather' }], usage: { inputTokens: 4 } }
  })
  expect(ran?.contents).toEqual({ input: { city: 'Ulm' }, output: { sky: 'rain' } })
  expect(seen?.record.call?.protocol).toBe('openai.chat')
  expect(problems).toEqual([])
})

test('ids are of the form of OpenTelemetry, and a trace goes on', () => {
  const { bridge } = newMastra()
  const root = bridge.createSpan({})
  expect(root).toEqual({
    spanId: expect.stringMatching(/^[0-9a-f]{16}$/),
    traceId: expect.stringMatching(/^[0-9a-f]{32}$/)
  })
  const parent = { id: root.spanId, traceId: root.traceId }
  expect(bridge.createSpan({ parent })).toMatchObject({
    traceId: root.traceId,
    parentSpanId: root.spanId
  })
})

test('a failed step says why; a span that is let go of is abandoned', async () => {
  const { bridge, calls } = newMastra()
  const failed = { type: 'workflow_step', name: 'pay', end: { errorInfo: { message: 'no money' } } }
  await span(bridge, failed, async () => 1)
  const { spanId, traceId } = bridge.createSpan({})
  const exportedSpan = { id: spanId, traceId, type: 'workflow_run', name: 'w' }
  await bridge.exportTracingEvent({ type: 'span_started', exportedSpan })
  bridge.releaseSpan(spanId)
  expect((await calls()).map(({ stage, contents }) => [stage, contents.error])).toEqual([
    ['error', 'no money'],
    ['abandoned', undefined]
  ])
})

test('spans have ids where the application replaced what makes random values', () => {
  const random = vi.spyOn(crypto, 'getRandomValues').mockImplementation(() => {
    throw new Error('no entropy')
  })
  onTestFinished(() => random.mockRestore())
  const { spanId, traceId } = newMastra().bridge.createSpan({})
  expect([spanId, traceId]).toEqual([
    expect.stringMatching(/^[\da-f]{16}$/),
    expect.stringMatching(/^[\da-f]{32}$/)
  ])
})
