import { type AdapterBench, adapterBench, cannedFetch, type Derive } from '@slm-audit/testing/bench'
import { CohereClientV2 } from 'cohere-ai'
import { wrapCohere } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)
const asked = { model: 'm', messages: [{ role: 'user' as const, content: 'How is it?' }] }

function cohere(derive: Derive): CohereClientV2 {
  const fetch = cannedFetch(fixtures, 'plain', 'streamed') as typeof globalThis.fetch
  return new (derive(CohereClientV2))({ token: 'k', fetch })
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench('cohere', cohere, wrapCohere, (client) => ({
    call: () => client.chat(asked),
    stream: () => client.chatStream(asked)
  }))
]
