import { readFileSync } from 'node:fs'
import type { Answer } from '@slm-audit/testing'

/** A folder of fixtures. */
export const folder = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

/** The answer of a fixture, or the first of its events. */
export function answerOf(name: string, events?: number): Answer {
  if (name !== 'streamed') return { chunks: [readFileSync(new URL('response.json', folder(name)))] }
  const frames = readFileSync(new URL('chunks.txt', folder(name)), 'utf8').split(/(?<=\n\n)/)
  return { headers: { 'content-type': 'text/event-stream' }, chunks: frames.slice(0, events) }
}

export const limited: Answer = {
  status: 429,
  headers: { 'retry-after-ms': '1' },
  chunks: ['{"error":{"type":"rate_limit_error","code":"slow_down","message":"too fast"}}']
}

/** An answer that asks for the weather of two cities, streamed. */
export const streamedTools: Answer = {
  headers: { 'content-type': 'text/event-stream' },
  chunks: [toolChunk(0, 'call_u', 'Ulm'), toolChunk(1, 'call_o', 'Oslo'), 'data: [DONE]\n\n']
}

function toolChunk(index: number, id: string, city: string): string {
  const called = { name: 'weather', arguments: JSON.stringify({ city }) }
  const tool_calls = [{ index, id, type: 'function', function: called }]
  const choices = [{ index: 0, delta: { tool_calls }, finish_reason: index ? 'tool_calls' : null }]
  return `data: ${JSON.stringify({ id: 'c', created: 1, model: 'm', choices })}\n\n`
}
