import { auditFetch } from '@slm-audit/fetch'
import axios from 'axios'

export async function app({ log, url, play }) {
  const client = axios.create({ adapter: 'fetch', env: { fetch: auditFetch(log) } }) // the line
  const asked = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] }
  const address = `${url}/v1/chat/completions`
  await play('plain', async () => (await client.post(address, asked)).data)
  await play('stream', async () => {
    const options = { responseType: 'stream' }
    const { data } = await client.post(address, { ...asked, stream: true }, options)
    for await (const _ of data);
  })
}
