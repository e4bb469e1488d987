import {
  type AdapterBench,
  adapterBench,
  cannedFetch,
  type Derive,
  messages
} from '@slm-audit/testing/bench'
import OpenAI from 'openai'
import { wrapOpenAI } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

const openai = (plain: string, streamed: string) => (derive: Derive) =>
  new (derive(OpenAI))({
    baseURL: 'http://canned/v1',
    apiKey: 'k',
    fetch: cannedFetch(fixtures, plain, streamed)
  })

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench('openai', openai('plain', 'streamed'), wrapOpenAI, ({ chat }) => ({
    call: () => chat.completions.create({ model: 'm', messages }),
    stream: () => chat.completions.create({ model: 'm', messages, stream: true })
  })),
  adapterBench(
    'openai, responses',
    openai('responses', 'responses-streamed'),
    wrapOpenAI,
    ({ responses }) => ({
      call: () => responses.create({ model: 'm', input: messages }),
      stream: () => responses.create({ model: 'm', input: messages, stream: true })
    })
  )
]
