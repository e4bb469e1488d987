import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import type { AuditLog } from 'slm-audit'

const SERVER = 'http://127.0.0.1:11434/v1'

/** Asks a model that Ollama serves, streaming. Ends the process with advice if nothing answers. */
export async function askOllama(log: AuditLog, model: string): Promise<void> {
  const client = wrapOpenAI(new OpenAI({ baseURL: SERVER, apiKey: 'ollama', maxRetries: 0 }), log)
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
    await log.flush()
    console.error(`\n${error instanceof Error ? error.message : error}`)
    console.error(`Is Ollama running at ${SERVER}, with the model? Try: ollama pull ${model}`)
    process.exit(1)
  }
}
