import type { AuditedCall } from '@slm-audit/core/reader'
import type { Answer } from '@slm-audit/testing'
import type { ClientScenario } from '@slm-audit/testing/conformance'
import type OpenAI from 'openai'
import { expect } from 'vitest'

export type Client = OpenAI

export type Scenario = ClientScenario<Client>

export const model = 'm'
export const messages = [{ role: 'user' as const, content: 'hi' }]
export const params = { model, messages }
export const usage = { prompt_tokens: 3, completion_tokens: 2, total_tokens: 5 }

export const body = (content: string) =>
  JSON.stringify({
    id: 'c1',
    object: 'chat.completion',
    created: 1,
    model: 'm-1',
    choices: [
      { index: 0, message: { role: 'assistant', content, refusal: null }, finish_reason: 'stop' }
    ],
    usage
  })
export const chunk = (content: string, finish_reason: string | null = null) =>
  `data: ${JSON.stringify({
    id: 'c1',
    object: 'chat.completion.chunk',
    created: 1,
    model: 'm-1',
    choices: [{ index: 0, delta: { role: 'assistant', content }, finish_reason }]
  })}\n\n`

export const sse = { 'content-type': 'text/event-stream', 'x-request-id': 'req-1' }
export const plain: Answer = { headers: { 'x-request-id': 'req-1' }, chunks: [body('yes')] }
export const words = ['a', 'b', 'c', 'd', 'e']
export const stream: Answer = {
  headers: sse,
  chunks: [...words.map((word) => chunk(word)), chunk('', 'stop'), 'data: [DONE]\n\n'],
  pauseMs: 5
}
export const dying: Answer = {
  ...stream,
  chunks: words.slice(0, 3).map((word) => chunk(word)),
  after: 'destroy',
  pauseMs: 15
}
export const hanging: Answer = {
  ...stream,
  chunks: words.slice(0, 2).map((word) => chunk(word)),
  after: 'hang'
}
export const limited: Answer = {
  status: 429,
  headers: { 'retry-after-ms': '1', 'x-request-id': 'req-0' },
  chunks: ['{"error":{"type":"rate_limit_error","code":"slow_down","message":"too fast"}}']
}

export const textOf = (call: AuditedCall | undefined) =>
  (call?.contents.output as { message: { content: string } }[] | undefined)?.[0]?.message.content

export const one = (calls: AuditedCall[]): AuditedCall => {
  expect(calls).toHaveLength(1)
  return calls[0] as AuditedCall
}
export const ended = (stage: string, text?: string, by?: string) => (calls: AuditedCall[]) => {
  const call = one(calls)
  expect([call.stage, textOf(call), call.record.outcome?.by]).toEqual([stage, text, by])
}
