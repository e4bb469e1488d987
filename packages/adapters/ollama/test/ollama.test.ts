import { testClient } from '@slm-audit/testing/conformance'
import { wrapOllama } from '../src/index.ts'
import { versions } from './clients.ts'
import { scenarios } from './scenarios.ts'

const fixture = (name: string) => new URL(`../fixtures/${name}/`, import.meta.url)

for (const { name, Ollama } of versions) {
  testClient({
    name,
    connect: (host) => new Ollama({ host }),
    wrap: (client, log) => wrapOllama(client, log, { identify: false }),
    plain: {
      folder: fixture('chat'),
      run: (client, params) => client.chat(params)
    },
    stream: {
      folder: fixture('chat-streamed'),
      async run(client, params, { signal }) {
        const answer = await client.chat(params)
        signal?.addEventListener('abort', () => client.abort())
        return answer
      }
    },
    text: (output) => (output as { content?: string }).content ?? '',
    leavesConnection: true,
    refusal: { error: 'too fast' },
    expected: {
      // The client itself writes `stream` into the parameters, and throws where it cannot.
      'frozen parameters': { calls: 0 },
      'stream: frozen parameters': { calls: 0 },
      // The client passes over what is not JSON.
      'stream: an event is malformed': { stage: 'complete' }
    },
    without: {
      'the signal aborts before the answer': 'the client takes no signal; .abort() is for streams',
      'a signal of another realm aborts before the answer': 'it takes no signal'
    },
    scenarios
  })
}
