import { wrapOpenAI } from '@slm-audit/openai'
import OpenAI from 'openai'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  const openai = wrapOpenAI(new OpenAI(options), log) // the line
  const messages = [{ role: 'user', content: 'How is it in Ulm?' }]
  const parameters = { type: 'object', properties: { city: { type: 'string' } } }
  const described = { name: 'weather', description: 'The weather of a city', parameters }
  const ask = { ...described, function: weather, parse: JSON.parse }
  const asked = { model: 'tiny', messages, tools: [{ type: 'function', function: ask }] }
  const { runTools } = openai.chat.completions
  const run = runTools.bind(openai.chat.completions)
  await play('plain', () => openai.chat.completions.create({ model: 'tiny', messages }))
  await play('stream', async () => {
    const stream = await openai.chat.completions.create({ ...asked, tools: [], stream: true })
    for await (const _ of stream);
  })
  await play('tools', () => run(asked).finalContent())
  await play('more', () => run({ ...asked, stream: true }).finalContent())
}
