// Asks Cohere and records the call: CO_API_KEY=… node cohere.ts
import { wrapCohere } from '@slm-audit/cohere'
import { CohereClientV2 } from 'cohere-ai'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const { CO_API_KEY = '', COHERE_SERVER = 'https://api.cohere.com' } = process.env
const cohere = wrapCohere(
  new CohereClientV2({ token: CO_API_KEY, environment: COHERE_SERVER }),
  log
)

const stream = await cohere.chatStream({
  model: process.env.MODEL ?? 'command-a-03-2025',
  messages: [{ role: 'user', content: 'How long does a refund take?' }]
})
for await (const event of stream) {
  if (event.type === 'content-delta')
    process.stdout.write(event.delta?.message?.content?.text ?? '')
}
