// Asks llama.cpp's server by fetch, without a client, and records the call:
// LLAMA_SERVER=http://127.0.0.1:8080 node fetch.ts
import { auditFetch } from '@slm-audit/fetch'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const fetch = auditFetch(log)

const server = process.env.LLAMA_SERVER ?? 'http://127.0.0.1:8080'
const answer = await fetch(`${server}/completion`, {
  method: 'POST',
  headers: { 'content-type': 'application/json' },
  body: JSON.stringify({ prompt: 'How long does a refund take?', n_predict: 64 })
})
const { content } = (await answer.json()) as { content: string }
process.stdout.write(content)
