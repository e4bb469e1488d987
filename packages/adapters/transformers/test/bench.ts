import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, pipeline, TextStreamer } from '@huggingface/transformers'
import { type AdapterBench, adapterBench } from '@slm-audit/testing/bench'
import { writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { wrapPipeline } from '../src/index.ts'

/** Tokens of a streamed answer, at most. */
const LENGTH = 40

async function tinyPipelines() {
  env.allowRemoteModels = false
  const folder = mkdtempSync(join(tmpdir(), 'bench-transformers-'))
  await Promise.all([writeTinyOnnx(folder, 'tiny-sentiment'), writeTinyOnnx(folder, 'tiny-chat')])
  const [classifier, generator] = await Promise.all([
    pipeline('text-classification', join(folder, 'tiny-sentiment'), { dtype: 'fp32' }),
    pipeline('text-generation', join(folder, 'tiny-chat'), { dtype: 'fp32' })
  ])
  return { classifier, generator }
}

/** What this adapter adds to a call and to a chunk is measured on these: see `pnpm run bench`. */
export const benches: readonly AdapterBench[] = [
  adapterBench(
    'transformers',
    tinyPipelines,
    async (loading, log) => {
      const { classifier, generator } = await loading
      return {
        classifier: wrapPipeline(classifier, log),
        generator: wrapPipeline(generator, log)
      }
    },
    (loading) => ({
      call: async () => (await loading).classifier('a great and happy day'),
      async stream() {
        const { generator } = await loading
        const chunks: string[] = []
        const heard = (chunk: string) => chunks.push(chunk)
        const options = { skip_prompt: true, callback_function: heard }
        const streamer = new TextStreamer(generator.tokenizer, options)
        await generator('What does an audit log keep?', { max_new_tokens: LENGTH, streamer })
        return chunks
      }
    })
  )
]
