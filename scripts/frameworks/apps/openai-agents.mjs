import { Agent, run, setDefaultOpenAIClient, setTracingDisabled, tool } from '@openai/agents'
import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  setDefaultOpenAIClient(wrapOpenAI(new OpenAI(options), log)) // the line
  setTracingDisabled(true)
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
  const expert = new Agent({ name: 'expert', model, instructions: 'Know.' })
  const first = Agent.create({ name: 'first', model, instructions: 'Pass on.', handoffs: [expert] })
  await play('more', async () => (await run(first, 'Hand me over')).finalOutput)
}
