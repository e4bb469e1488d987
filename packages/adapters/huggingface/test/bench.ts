import { InferenceClient } from '@huggingface/inference'
import { type AdapterBench, adapterBench, cannedFetch, messages } from '@slm-audit/testing/bench'
import { wrapHuggingFace } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'huggingface',
    (derive) => {
      const fetch = cannedFetch(fixtures, 'chat', 'chat-streamed')
      return new (derive(InferenceClient))('hf_none', { fetch, endpointUrl: 'http://canned' })
    },
    wrapHuggingFace,
    (client) => ({
      call: () => client.chatCompletion({ model: 'm', messages }),
      stream: () => client.chatCompletionStream({ model: 'm', messages })
    })
  )
]
