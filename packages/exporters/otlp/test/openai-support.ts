import { fakeServer } from '@slm-audit/testing'
import OpenAI from 'openai'

export const request = {
  model: 'qwen3',
  temperature: 0.2,
  max_tokens: 64,
  messages: [
    { role: 'system' as const, content: 'Be brief.' },
    { role: 'user' as const, content: 'How long does a refund take?' }
  ]
}

const answer = {
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1_767_225_600,
  model: 'qwen3-0.6b',
  choices: [
    { index: 0, finish_reason: 'stop', message: { role: 'assistant', content: 'Five days.' } }
  ],
  usage: { prompt_tokens: 20, completion_tokens: 5, total_tokens: 25 }
}

/** A client of a server on loopback that answers, and then refuses. */
export async function openai() {
  const server = await fakeServer(
    { chunks: [JSON.stringify(answer)] },
    { status: 400, chunks: [JSON.stringify({ error: { message: 'no', type: 'invalid' } })] }
  )
  const client = new OpenAI({ baseURL: `${server.url}/v1`, apiKey: 'none', maxRetries: 0 })
  return { server, client, [Symbol.asyncDispose]: () => server[Symbol.asyncDispose]() }
}
