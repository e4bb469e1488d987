// Asks Claude, or any server that speaks the Messages API, and records the call:
// ANTHROPIC_API_KEY=… node anthropic.ts (and ANTHROPIC_BASE_URL for a server of yours)
import Anthropic from '@anthropic-ai/sdk'
import { wrapAnthropic } from '@slm-audit/anthropic'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const anthropic = wrapAnthropic(new Anthropic(), log)

const stream = anthropic.messages.stream({
  model: process.env.MODEL ?? 'claude-sonnet-4-5',
  max_tokens: 1024,
  messages: [{ role: 'user', content: 'How long does a refund take?' }]
})
stream.on('text', (text) => process.stdout.write(text))
await stream.finalMessage()
