import { auditFetch } from '@slm-audit/fetch'
import { igniteEngine, Message } from 'multi-llm-ts'

export async function app({ log, url, play }) {
  globalThis.fetch = auditFetch(log) // the line
  const engine = igniteEngine('openai', { apiKey: 'x', baseURL: `${url}/v1` })
  const model = engine.buildModel('tiny')
  const thread = [new Message('system', 'Answer.'), new Message('user', 'Hi')]
  await play('plain', () => engine.complete(model, thread))
  await play('stream', async () => {
    for await (const _ of engine.generate(model, thread));
  })
}
