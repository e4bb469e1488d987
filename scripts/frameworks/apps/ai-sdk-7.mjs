import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { auditTelemetry } from '@slm-audit/ai-sdk'
import { generateText, isStepCount, registerTelemetry, streamText, tool } from 'ai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const provider = createOpenAICompatible({ name: 'local', baseURL: `${url}/v1` })
  registerTelemetry(auditTelemetry(log)) // the line
  const model = provider('tiny')
  const more = {}
  const inputSchema = z.object({ city: z.string() })
  const tools = { weather: tool({ description: 'Sky', inputSchema, execute: weather }) }
  await play('plain', () => generateText({ model, prompt: 'Hi', ...more }))
  await play('stream', async () => {
    for await (const _ of streamText({ model, prompt: 'Hi', ...more }).textStream);
  })
  const stopWhen = isStepCount(3)
  await play('tools', () => generateText({ model, prompt: 'Ulm?', tools, stopWhen, ...more }))
}
