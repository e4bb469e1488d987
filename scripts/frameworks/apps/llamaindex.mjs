import { OpenAI } from '@llamaindex/openai'
import { agent } from '@llamaindex/workflow'
import { wrapOpenAI } from '@slm-audit/openai'
import { tool } from 'llamaindex'
import OpenAIClient from 'openai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  const session = wrapOpenAI(new OpenAIClient(options), log) // the line
  const llm = new OpenAI({ model: 'gpt-4o', apiKey: 'x', session }) // the line
  const messages = [{ role: 'user', content: 'Hi' }]
  await play('plain', async () => (await llm.chat({ messages })).message.content)
  await play('stream', async () => {
    for await (const _ of await llm.chat({ messages, stream: true }));
  })
  const parameters = z.object({ city: z.string() })
  const execute = (input) => log.tool('weather', () => weather(input), { input }) // the line
  const ask = tool({ name: 'weather', description: 'The weather', parameters, execute })
  const asker = agent({ llm, tools: [ask] })
  await play('tools', async () => {
    const answer = await log.step('asker', () => asker.run('How is it in Ulm?')) // the line
    return answer.data.result
  })
}
