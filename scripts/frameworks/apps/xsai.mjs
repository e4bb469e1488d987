import { auditFetch } from '@slm-audit/fetch'
import { generateText, streamText, tool } from 'xsai'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const server = { baseURL: `${url}/v1/`, apiKey: 'x', model: 'tiny' }
  const options = { ...server, fetch: auditFetch(log) } // the line
  const messages = [{ role: 'user', content: 'Hi' }]
  await play('plain', () => generateText({ ...options, messages }))
  await play('stream', async () => {
    const { textStream } = streamText({ ...options, messages })
    for await (const _ of textStream);
  })
  const execute = (input) => log.tool('weather', () => weather(input), { input }) // the line
  const parameters = z.object({ city: z.string() })
  const ask = await tool({ name: 'weather', description: 'Sky', parameters, execute })
  await play('tools', () => generateText({ ...options, messages, tools: [ask], maxSteps: 3 }))
}
