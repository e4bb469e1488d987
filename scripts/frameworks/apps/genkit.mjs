import { openAICompatible } from '@genkit-ai/compat-oai'
import { trace } from '@opentelemetry/api'
import { auditGenkitProcessor } from '@slm-audit/agents'
import { auditFetch } from '@slm-audit/fetch'
import { genkit, z } from 'genkit'
import { enableTelemetry } from 'genkit/tracing'

export async function app({ log, url, weather, play }) {
  const options = { name: 'local', apiKey: 'x', baseURL: `${url}/v1` }
  await enableTelemetry({ spanProcessors: [auditGenkitProcessor(log, trace)] }) // the line
  const plugins = [openAICompatible({ ...options, fetch: auditFetch(log) })] // the line
  const ai = genkit({ plugins })
  const model = 'local/tiny'
  const ask = ai.defineTool(
    { name: 'weather', description: 'The weather', inputSchema: z.object({ city: z.string() }) },
    async (input) => weather(input)
  )
  await play('plain', async () => (await ai.generate({ model, prompt: 'Hi' })).text)
  await play('stream', async () => {
    const { stream, response } = ai.generateStream({ model, prompt: 'Hi' })
    for await (const _ of stream);
    await response
  })
  await play('tools', async () => (await ai.generate({ model, prompt: 'Ulm?', tools: [ask] })).text)
  const flow = ai.defineFlow(
    'answer',
    async (prompt) => (await ai.generate({ model, prompt })).text
  )
  await play('more', () => flow('Hi'))
}
