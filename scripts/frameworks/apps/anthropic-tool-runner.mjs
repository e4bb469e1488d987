import Anthropic from '@anthropic-ai/sdk'
import { betaZodTool } from '@anthropic-ai/sdk/helpers/beta/zod'
import { wrapAnthropic } from '@slm-audit/anthropic'
import { z } from 'zod'

export async function app({ log, url, weather, play }) {
  const options = { baseURL: url, apiKey: 'x' }
  const anthropic = wrapAnthropic(new Anthropic(options), log) // the line
  const messages = [{ role: 'user', content: 'How is it in Ulm?' }]
  const asked = { model: 'tiny', max_tokens: 99, messages }
  const inputSchema = z.object({ city: z.string() })
  const described = { name: 'weather', description: 'The weather of a city', inputSchema }
  const tools = [betaZodTool({ ...described, run: async (input) => weather(input) })]
  await play('plain', () => anthropic.messages.create(asked))
  await play('stream', () => anthropic.messages.stream(asked).finalMessage())
  await play('tools', async () => {
    await anthropic.beta.messages.toolRunner({ ...asked, tools })
  })
  await play('more', async () => {
    const runner = anthropic.beta.messages.toolRunner({ ...asked, tools, stream: true })
    for await (const stream of runner) await stream.finalMessage()
  })
}
