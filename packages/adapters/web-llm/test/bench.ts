import { type AdapterBench, adapterBench, messages } from '@slm-audit/testing/bench'
import { wrapWebLLM } from '../src/index.ts'
import { cannedEngine } from './canned-engine.ts'

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench('web-llm', cannedEngine, wrapWebLLM, (engine) => ({
    call: () => engine.chatCompletion({ messages }),
    stream: () =>
      engine.chatCompletion({ messages, stream: true }) as Promise<AsyncIterable<unknown>>
  }))
]
