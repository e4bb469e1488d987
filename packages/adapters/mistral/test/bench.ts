import { HTTPClient, Mistral } from '@mistralai/mistralai'
import {
  type AdapterBench,
  adapterBench,
  cannedFetch,
  type Derive,
  messages
} from '@slm-audit/testing/bench'
import { wrapMistral } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

function mistral(derive: Derive): Mistral {
  const fetch = cannedFetch(fixtures, 'plain', 'streamed')
  const fetcher = async (input: unknown) =>
    fetch('http://canned', { body: await (input as Request).text() })
  return new (derive(Mistral))({ apiKey: 'k', httpClient: new HTTPClient({ fetcher }) })
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench('mistral', mistral, wrapMistral, ({ chat }) => ({
    call: () => chat.complete({ model: 'm', messages }),
    stream: () => chat.stream({ model: 'm', messages })
  }))
]
