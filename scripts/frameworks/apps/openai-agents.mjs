import {
  Agent,
  getCurrentSpan,
  run,
  setDefaultOpenAIClient,
  setTraceProcessors,
  tool
} from '@openai/agents'
import { auditTraceProcessor } from '@slm-audit/agents'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  setDefaultOpenAIClient(wrapOpenAI(new OpenAI(options), log)) // the line
  setTraceProcessors([auditTraceProcessor(log, getCurrentSpan)]) // the line
  const parameters = z.object({ city: z.string() })
  const description = 'The weather of a city'
  const ask = tool({ name: 'weather', description, parameters, execute: weather })
  const model = 'gpt-test'
  const agent = new Agent({ name: 'plain', model, instructions: 'Answer.' })
  const asker = new Agent({ name: 'asker', model, instructions: 'Ask.', tools: [ask] })
  await play('plain', async () => (await run(agent, 'Hi')).finalOutput)
  await play('stream', async () => {
    const stream = await run(agent, 'Hi', { stream: true })
    for await (const _ of stream);
    await stream.completed
  })
  await play('tools', async () => (await run(asker, 'How is it in Ulm?')).finalOutput)
  const guard = {
    name: 'polite',
    execute: async () => ({ tripwireTriggered: false, outputInfo: {} })
  }
  const inputGuardrails = [guard]
  const handoffs = [new Agent({ name: 'expert', model, instructions: 'Know.', tools: [ask] })]
  const first = Agent.create({ name: 'first', model, handoffs, inputGuardrails })
  await play('more', async () => (await run(first, 'Hand me over')).finalOutput)
}
