import { auditFetch } from '@slm-audit/fetch'
import { chat, toolDefinition } from '@tanstack/ai'
import { createOpenaiChat } from '@tanstack/ai-openai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: `${url}/v1` }
  const adapter = createOpenaiChat('gpt-4o', 'x', { ...options, fetch: auditFetch(log) }) // the line
  const messages = [{ role: 'user', content: 'Hi' }]
  await play('plain', () => chat({ adapter, messages, stream: false }))
  await play('stream', async () => {
    for await (const _ of chat({ adapter, messages }));
  })
  const inputSchema = z.object({ city: z.string() })
  const definition = { name: 'weather', description: 'The weather', inputSchema }
  const run = (input) => log.tool('weather', () => weather(input), { input }) // the line
  const ask = toolDefinition(definition).server(async (input) => run(input))
  const answer = async () => {
    for await (const _ of chat({ adapter, messages, tools: [ask] }));
  }
  const asked = () => log.step('asker', answer) // the line
  await play('tools', asked)
}
