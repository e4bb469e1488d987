import { wrapCohere } from '@slm-audit/cohere'
import { CohereClientV2 } from 'cohere-ai'

export async function app({ log, url, play }) {
  const options = { environment: url, token: 'x' }
  const cohere = wrapCohere(new CohereClientV2(options), log) // the line
  const asked = { model: 'command-test', messages: [{ role: 'user', content: 'Hi' }] }
  await play('plain', () => cohere.chat(asked))
  await play('stream', async () => {
    for await (const _ of await cohere.chatStream(asked));
  })
}
