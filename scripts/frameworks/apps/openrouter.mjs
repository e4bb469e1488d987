import { HTTPClient, OpenRouter } from '@openrouter/sdk'
import { auditFetch } from '@slm-audit/fetch'

export async function app({ log, url, play }) {
  const options = { apiKey: 'x', serverURL: `${url}/api/v1` }
  const httpClient = new HTTPClient({ fetcher: auditFetch(log) }) // the line
  const client = new OpenRouter({ ...options, httpClient }) // the line
  const messages = [{ role: 'user', content: 'Hi' }]
  const chatRequest = { model: 'tiny', messages }
  await play('plain', () => client.chat.send({ chatRequest }))
  await play('stream', async () => {
    const stream = await client.chat.send({ chatRequest: { ...chatRequest, stream: true } })
    for await (const _ of stream);
  })
}
