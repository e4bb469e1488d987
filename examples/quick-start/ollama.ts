import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import type { AuditLog } from 'slm-audit'
import { giveUp } from './arguments.ts'

const PORT = '11434'

/** Asks a model that Ollama serves, streaming. Ends the process with advice if nothing answers. */
export async function askOllama(log: AuditLog, model: string): Promise<void> {
  const baseURL = serverUrl()
  const client = wrapOpenAI(new OpenAI({ baseURL, apiKey: 'ollama', maxRetries: 0 }), log)
  const question = 'In one sentence: what is an audit log?'
  process.stdout.write(`  you    ${question}\n  model  `)
  try {
    const answer = await client.chat.completions.create({
      model,
      messages: [{ role: 'user', content: question }],
      stream: true
    })
    for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
    process.stdout.write('\n')
  } catch (error) {
    const advice = `Is Ollama running at ${baseURL}, with the model? Try: ollama pull ${model}`
    giveUp(1, error, advice)
  }
}

/** Where Ollama's own clients look for it. */
function serverUrl(): string {
  const host = process.env.OLLAMA_HOST || '127.0.0.1'
  const url = new URL(host.includes('://') ? host : `http://${host}`)
  url.port ||= PORT
  url.pathname = '/v1'
  return url.href
}
