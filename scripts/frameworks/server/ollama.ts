// Ollama's chat (Ollama, docs/api.md, "Generate a chat completion").
import type { Answer, Fields } from './answer.ts'
import { argumentsFor, COUNTS, fieldsOf, listOf, WORDS } from './script.ts'

/** A tool is called once; what it gave is then answered in words. */
export function ollamaChat(request: Fields): Answer {
  const { model, stream, tools, messages } = request
  const tool = fieldsOf(listOf(tools)[0]?.function)
  const isDone = listOf(messages).some(({ role }) => role === 'tool')
  const call = { function: { name: tool.name, arguments: argumentsFor(tool.parameters) } }
  const asks = typeof tool.name === 'string' && !isDone
  const line = (content: string, more: Fields = {}) => ({
    model,
    created_at: '2026-01-01T00:00:00Z',
    message: { role: 'assistant', content, ...(asks && { tool_calls: [call] }) },
    done: false,
    ...more
  })
  const end = {
    done: true,
    done_reason: 'stop',
    prompt_eval_count: COUNTS.input,
    eval_count: COUNTS.output
  }
  if (stream === false) return { body: line(asks ? '' : WORDS.join(''), end) }
  const lines = asks ? [line('', end)] : [...WORDS.map((text) => line(text)), line('', end)]
  return {
    contentType: 'application/x-ndjson',
    pieces: lines.map((each) => `${JSON.stringify(each)}\n`)
  }
}
