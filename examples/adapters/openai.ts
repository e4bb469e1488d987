// Asks OpenAI, or any server that speaks its format, and records the call:
// OPENAI_BASE_URL=http://127.0.0.1:11434/v1 OPENAI_API_KEY=none MODEL=qwen3:0.6b node openai.ts
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const openai = wrapOpenAI(new OpenAI(), log)

const stream = await openai.chat.completions.create({
  model: process.env.MODEL ?? 'gpt-5-mini',
  messages: [{ role: 'user', content: 'How long does a refund take?' }],
  stream: true
})
for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')
