// The OpenAI client, streaming, wrapped. The server here stands in for OpenAI's, or for yours.
import { wrapOpenAI } from '@slm-audit/openai'
import { fakeServer } from '@slm-audit/testing'
import OpenAI from 'openai'
import { createAuditLog, openReader } from 'slm-audit'

const words = ['Refunds ', 'take ', 'five days.']
const events = words.map((content) => ({ choices: [{ index: 0, delta: { content } }] }))
await using server = await fakeServer({
  headers: { 'content-type': 'text/event-stream' },
  chunks: [...events.map((event) => `data: ${JSON.stringify(event)}\n\n`), 'data: [DONE]\n\n']
})
process.env.OPENAI_BASE_URL = server.url
process.env.OPENAI_API_KEY = 'none'

{
  await using log = await createAuditLog({ service: 'support-bot', version: '2.3.1' })
  const openai = wrapOpenAI(new OpenAI(), log)

  await log.withContext({ session: 'S-42', user: 'u-7', tags: { tier: 'gold' } }, async () => {
    const messages = [{ role: 'user' as const, content: 'How long does a refund take?' }]
    const answer = await openai.chat.completions.create({ model: 'qwen3', messages, stream: true })
    for await (const chunk of answer) process.stdout.write(chunk.choices[0]?.delta.content ?? '')
  })
}

await using reader = await openReader('.slm-audit/audit.db')
const { items } = await reader.search('refund', { user: 'u-7' })
console.log(`\n${items.length} call found: ${items[0]?.snippet}`)
