import { type AdapterBench, adapterBench, cannedFetch } from '@slm-audit/testing/bench'
import { auditFetch } from '../src/index.ts'

const fixtures = new URL('../fixtures/', import.meta.url)

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'fetch',
    () => cannedFetch(fixtures, 'llama-cpp', 'llama-cpp-streamed'),
    (fetch, log) => auditFetch(log, { fetch }),
    (fetch) => {
      const ask = (stream: boolean) =>
        fetch('http://canned/completion', {
          method: 'POST',
          body: JSON.stringify({ prompt: 'Every record', stream })
        })
      return {
        call: async () => (await ask(false)).json(),
        stream: async () => (await ask(true)).body ?? []
      }
    }
  )
]
