import Anthropic from '@anthropic-ai/sdk'
import { type AdapterBench, adapterBench, cannedFetch, messages } from '@slm-audit/testing/bench'
import { wrapAnthropic } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'anthropic',
    (derive) => {
      const fetch = cannedFetch(fixtures, 'plain', 'streamed')
      return new (derive(Anthropic))({ baseURL: 'http://canned', apiKey: 'k', fetch })
    },
    wrapAnthropic,
    (client) => {
      const params = { model: 'm', max_tokens: 256, messages }
      return {
        call: () => client.messages.create(params),
        stream: () => client.messages.create({ ...params, stream: true })
      }
    }
  )
]
