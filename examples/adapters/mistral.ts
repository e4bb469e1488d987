// Asks Mistral and records the call: MISTRAL_API_KEY=… node mistral.ts
import { Mistral } from '@mistralai/mistralai'
import { wrapMistral } from '@slm-audit/mistral'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const { MISTRAL_API_KEY = '', MISTRAL_SERVER = 'https://api.mistral.ai' } = process.env
const mistral = wrapMistral(
  new Mistral({ apiKey: MISTRAL_API_KEY, serverURL: MISTRAL_SERVER }),
  log
)

const stream = await mistral.chat.stream({
  model: process.env.MODEL ?? 'mistral-small-latest',
  messages: [{ role: 'user', content: 'How long does a refund take?' }]
})
for await (const { data } of stream)
  process.stdout.write(String(data.choices[0]?.delta.content ?? ''))
