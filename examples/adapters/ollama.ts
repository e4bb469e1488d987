// Asks Ollama and records the call, with the digest of the model that answered:
// ollama pull qwen3:0.6b && node ollama.ts
import { wrapOllama } from '@slm-audit/ollama'
import { Ollama } from 'ollama'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const host = process.env.OLLAMA_HOST ?? 'http://127.0.0.1:11434'
const ollama = wrapOllama(new Ollama({ host }), log)

const stream = await ollama.chat({
  model: process.env.MODEL ?? 'qwen3:0.6b',
  messages: [{ role: 'user', content: 'How long does a refund take?' }],
  stream: true
})
for await (const { message } of stream) process.stdout.write(message.content)
