import { auditFetch } from '@slm-audit/fetch'
import Together from 'together-ai'

export async function app({ log, url, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  const client = new Together({ ...options, fetch: auditFetch(log) }) // the line
  const asked = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] }
  await play('plain', () => client.chat.completions.create(asked))
  await play('stream', async () => {
    for await (const _ of await client.chat.completions.create({ ...asked, stream: true }));
  })
}
