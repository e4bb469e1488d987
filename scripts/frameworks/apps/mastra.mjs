import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { Agent } from '@mastra/core/agent'
import { Mastra } from '@mastra/core/mastra'
import { createTool } from '@mastra/core/tools'
import { Observability } from '@mastra/observability'
import { auditMastraBridge } from '@slm-audit/agents'
import { auditFetch } from '@slm-audit/fetch'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { name: 'local', baseURL: `${url}/v1`, includeUsage: true }
  const provider = createOpenAICompatible({ ...options, fetch: auditFetch(log) }) // the line
  const config = { serviceName: 'app', bridge: auditMastraBridge(log) } // the line
  const observability = new Observability({ configs: { default: config } })
  const model = provider('tiny')
  const ask = createTool({
    id: 'weather',
    description: 'The weather of a city',
    inputSchema: z.object({ city: z.string() }),
    execute: async (input) => ({ sky: weather(input) })
  })
  const agent = new Agent({ id: 'plain', name: 'plain', instructions: 'Answer.', model })
  const tools = { weather: ask }
  const asker = new Agent({ id: 'asker', name: 'asker', instructions: 'Ask.', model, tools })
  new Mastra({ agents: { agent, asker }, logger: false, observability })
  await play('plain', async () => (await agent.generate('Hi')).text)
  await play('stream', async () => {
    const stream = await agent.stream('Hi')
    for await (const _ of stream.textStream);
  })
  await play('tools', async () => (await asker.generate('How is it in Ulm?')).text)
}
