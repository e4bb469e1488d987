import { auditHttp } from '@slm-audit/fetch'
import { TokenJS } from 'token.js'

export async function app({ log, url, play }) {
  auditHttp(log) // the line
  const client = new TokenJS({ baseURL: `${url}/v1`, apiKey: 'x' })
  const messages = [{ role: 'user', content: 'Hi' }]
  // The client takes members out of what it is given.
  const asked = () => ({ provider: 'openai-compatible', model: 'tiny', messages })
  await play('plain', () => client.chat.completions.create(asked()))
  await play('stream', async () => {
    for await (const _ of await client.chat.completions.create({ ...asked(), stream: true }));
  })
}
