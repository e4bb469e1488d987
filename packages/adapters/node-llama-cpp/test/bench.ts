import { type AdapterBench, adapterBench } from '@slm-audit/testing/bench'
import { wrapLlamaCompletion } from '../src/index.ts'
import { tinyCompletion } from './tiny-completion.ts'

/** Tokens of a streamed answer, at most. */
const LENGTH = 40

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'node-llama-cpp',
    tinyCompletion,
    async (completion, log) => wrapLlamaCompletion(await completion, log),
    (loading) => ({
      async call() {
        await (await loading).generateCompletion('Every', { maxTokens: 2, temperature: 0 })
      },
      async stream() {
        const chunks: string[] = []
        await (await loading).generateCompletion('Every', {
          maxTokens: LENGTH,
          temperature: 0,
          onTextChunk: (chunk) => chunks.push(chunk)
        })
        return chunks
      }
    })
  )
]
