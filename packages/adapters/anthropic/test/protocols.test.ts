import type { Protocol } from '@slm-audit/core'
import { testProtocol } from '@slm-audit/testing/conformance'
import { expect, test } from 'vitest'
import {
  anthropicBatches,
  anthropicBatchResults,
  anthropicCompletions,
  anthropicMessages,
  anthropicProtocols,
  anthropicTokens
} from '../src/index.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const name of ['plain', 'streamed', 'server-tools', 'refusal', 'vertex']) {
  testProtocol(anthropicMessages, fixture(name))
}
for (const name of ['completion', 'completion-streamed']) {
  testProtocol(anthropicCompletions, fixture(name))
}
testProtocol(anthropicTokens, fixture('count-tokens'))
testProtocol(anthropicBatches, fixture('batch'))
testProtocol(anthropicBatchResults, fixture('batch-results'))

test('each path belongs to one protocol, others to none', () => {
  const matching = (url: string, method = 'POST') =>
    anthropicProtocols.flatMap((protocol: Protocol) =>
      protocol.matches(new URL(url), method) ? [protocol.name] : []
    )
  const vertex = 'https://x-aiplatform.googleapis.com/v1/publishers/anthropic/models'
  expect(matching('https://api.anthropic.com/v1/messages?beta=true')).toEqual([
    'anthropic.messages'
  ])
  expect(matching('http://127.0.0.1:8080/v1/messages')).toEqual(['anthropic.messages'])
  expect(matching('https://api.anthropic.com/v1/messages/count_tokens')).toHaveLength(1)
  expect(matching('https://api.anthropic.com/v1/messages/batches')).toHaveLength(1)
  expect(matching(`${vertex}/claude:rawPredict`)).toEqual(['anthropic.messages'])
  expect(matching(`${vertex}/count-tokens:rawPredict`)).toEqual(['anthropic.count_tokens'])
  expect(matching('https://api.anthropic.com/v1/messages/batches/b/cancel')).toEqual([])
  expect(matching('https://api.anthropic.com/v1/messages/batches', 'GET')).toEqual([])
  expect(matching('https://api.anthropic.com/v1/models', 'GET')).toEqual([])
})

const { start, step, finish } = anthropicMessages
const fold = (events: readonly object[]) =>
  finish(events.reduce((acc: ReturnType<typeof start>, event) => step(acc, event), start()))

test("a tool's input that was cut off stays the text that it is", () => {
  const events = [
    { type: 'message_start', message: { role: 'assistant', content: [] } },
    { type: 'content_block_start', index: 0, content_block: { type: 'tool_use', name: 'w' } },
    {
      type: 'content_block_delta',
      index: 0,
      delta: { type: 'input_json_delta', partial_json: '{"city": "Ro' }
    }
  ]
  expect(fold(events).output).toEqual({
    role: 'assistant',
    content: [{ type: 'tool_use', name: 'w', input: '{"city": "Ro' }]
  })
})

test('a model that took over is the one that answered', () => {
  const to = { model: 'claude-b' }
  const events = [
    { type: 'message_start', message: { role: 'assistant', model: 'claude-a', content: [] } },
    { type: 'content_block_start', index: 0, content_block: { type: 'fallback', to } }
  ]
  expect(fold(events).model).toBe('claude-b')
})

test('a journal finds the protocols in the package, and a copy is not taken for one', async () => {
  for (const protocol of anthropicProtocols) {
    const exported = await import(protocol.workerModule?.url() ?? '')
    expect(Object.values(exported)).toContainEqual(expect.objectContaining({ name: protocol.name }))
    expect(protocol.workerModule?.isExported(protocol)).toBe(true)
    expect(protocol.workerModule?.isExported({ ...protocol })).toBe(false)
  }
})
