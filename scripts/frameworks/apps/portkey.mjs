import { auditFetch } from '@slm-audit/fetch'
import { Portkey } from 'portkey-ai'

export async function app({ log, url, play }) {
  globalThis.fetch = auditFetch(log) // the line
  const client = new Portkey({ baseURL: `${url}/v1`, apiKey: 'x' })
  const asked = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] }
  await play('plain', () => client.chat.completions.create(asked))
  await play('stream', async () => {
    for await (const _ of await client.chat.completions.create({ ...asked, stream: true }));
  })
}
