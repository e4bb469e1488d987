import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { auditMiddleware, auditTracer } from '@slm-audit/ai-sdk'
import { generateText, stepCountIs, streamText, tool, wrapLanguageModel } from 'ai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const provider = createOpenAICompatible({ name: 'local', baseURL: `${url}/v1` })
  const middleware = auditMiddleware(log)
  const model = wrapLanguageModel({ model: provider('tiny'), middleware }) // the line
  const more = { experimental_telemetry: { isEnabled: true, tracer: auditTracer(log) } } // the line
  const inputSchema = z.object({ city: z.string() })
  const tools = { weather: tool({ description: 'Sky', inputSchema, execute: weather }) }
  await play('plain', () => generateText({ model, prompt: 'Hi', ...more }))
  await play('stream', async () => {
    for await (const _ of streamText({ model, prompt: 'Hi', ...more }).textStream);
  })
  const stopWhen = stepCountIs(3)
  await play('tools', () => generateText({ model, prompt: 'Ulm?', tools, stopWhen, ...more }))
}
