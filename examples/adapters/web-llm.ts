// In a page: runs a model on the graphics card by WebLLM and records the call. The records stay in memory;
// docs/guide/browser.md sends them to the page's own server.
import { CreateMLCEngine } from '@mlc-ai/web-llm'
import { createAuditLog, memoryJournal } from '@slm-audit/core'
import { wrapWebLLM } from '@slm-audit/web-llm'

const journal = memoryJournal({ origin: `shop.example/${crypto.randomUUID()}` })
await using log = createAuditLog({ journal, service: 'support-bot' })
const engine = wrapWebLLM(await CreateMLCEngine('Qwen3-0.6B-q4f16_1-MLC'), log)

const stream = await engine.chat.completions.create({
  messages: [{ role: 'user', content: 'How long does a refund take?' }],
  stream: true
})
let answer = ''
for await (const { choices } of stream) answer += choices[0]?.delta.content ?? ''
await log.flush()
console.log(answer, `(${journal.records.length} records)`)
