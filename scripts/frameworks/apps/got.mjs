import { auditHttp } from '@slm-audit/fetch'
import got from 'got'

export async function app({ log, url, play }) {
  auditHttp(log) // the line
  const json = { model: 'tiny', messages: [{ role: 'user', content: 'Hi' }] }
  const address = `${url}/v1/chat/completions`
  await play('plain', () => got.post(address, { json }).json())
  await play('stream', async () => {
    for await (const _ of got.stream.post(address, { json: { ...json, stream: true } }));
  })
}
