import { ai } from '@ax-llm/ax'
import { auditFetch } from '@slm-audit/fetch'

export async function app({ log, url, play }) {
  const options = { name: 'openai', apiKey: 'x', apiURL: `${url}/v1` }
  const llm = ai({ ...options, options: { fetch: auditFetch(log) } }) // the line
  const chatPrompt = [{ role: 'user', content: 'Hi' }]
  await play('plain', () => llm.chat({ chatPrompt }, { stream: false }))
  await play('stream', async () => {
    const stream = await llm.chat({ chatPrompt }, { stream: true })
    for await (const _ of stream);
  })
}
