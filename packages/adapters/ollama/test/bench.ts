import { type AdapterBench, adapterBench, cannedFetch, messages } from '@slm-audit/testing/bench'
import { Ollama } from 'ollama'
import { wrapOllama } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'ollama',
    (derive) => new (derive(Ollama))({ fetch: cannedFetch(fixtures, 'chat', 'chat-streamed') }),
    (client, log) => wrapOllama(client, log, { identify: false }),
    (client) => ({
      call: () => client.chat({ model: 'm', messages }),
      stream: () => client.chat({ model: 'm', messages, stream: true })
    })
  )
]
