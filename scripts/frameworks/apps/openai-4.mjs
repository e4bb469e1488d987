import { auditFetch } from '@slm-audit/fetch'
import OpenAI from 'openai'

export async function app({ log, url, play }) {
  const options = { baseURL: `${url}/v1`, apiKey: 'x' }
  const openai = new OpenAI({ ...options, fetch: auditFetch(log) }) // the line
  const asked = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] }
  await play('plain', () => openai.chat.completions.create(asked))
  await play('stream', async () => {
    for await (const _ of await openai.chat.completions.create({ ...asked, stream: true }));
  })
}
