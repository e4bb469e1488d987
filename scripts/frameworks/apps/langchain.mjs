import { ChatOpenAI } from '@langchain/openai'
import { auditFetch } from '@slm-audit/fetch'
import { auditHandler } from '@slm-audit/langchain'
import { createAgent, tool } from 'langchain'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const callbacks = [auditHandler(log)] // the line
  const configuration = { baseURL: `${url}/v1`, fetch: auditFetch(log) }
  const model = new ChatOpenAI({ model: 'tiny', apiKey: 'x', configuration })
  const ask = tool(weather, {
    name: 'weather',
    description: 'The weather of a city',
    schema: z.object({ city: z.string() })
  })
  const agent = createAgent({ model, tools: [ask] })
  const question = { role: 'user', content: 'How is it in Ulm?' }
  await play('plain', async () => (await model.invoke('Hi', { callbacks })).content)
  await play('stream', async () => {
    for await (const _ of await model.stream('Hi', { callbacks }));
  })
  await play('tools', async () => agent.invoke({ messages: [question] }, { callbacks }))
  await play('more', async () => {
    const messages = [{ role: 'user', content: 'Hi', name: 'bob' }]
    await model.invoke(messages, { callbacks })
  })
}
