import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { env, pipeline, TextStreamer } from '@huggingface/transformers'
import { auditFetch } from '@slm-audit/fetch'
import { wrapLlamaCompletion } from '@slm-audit/node-llama-cpp'
import { wrapOllama } from '@slm-audit/ollama'
import { writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { wrapPipeline } from '@slm-audit/transformers'
import { wrapWebLLM } from '@slm-audit/web-llm'
import { Ollama } from 'ollama'
import { type AdapterBench, adapterBench, messages } from './adapter-bench.ts'
import { cannedFetch } from './canned.ts'
import { cannedEngine } from './canned-engine.ts'
import { tinyCompletion } from './tiny-completion.ts'

/** Tokens of a streamed answer of a tiny model, at most. */
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

/** Runtimes with a real but tiny model, and clients of local servers and engines, which are canned. */
export const localBenches: readonly AdapterBench[] = [
  adapterBench(
    'ollama',
    () => new Ollama({ fetch: cannedFetch('ollama', 'chat', 'chat-streamed') }),
    (client, log) => wrapOllama(client, log, { identify: false }),
    (client) => ({
      call: () => client.chat({ model: 'm', messages }),
      stream: () => client.chat({ model: 'm', messages, stream: true })
    })
  ),
  adapterBench(
    'fetch',
    () => cannedFetch('fetch', 'llama-cpp', 'llama-cpp-streamed'),
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
  ),
  adapterBench('web-llm', cannedEngine, wrapWebLLM, (engine) => ({
    call: () => engine.chatCompletion({ messages }),
    stream: () =>
      engine.chatCompletion({ messages, stream: true }) as Promise<AsyncIterable<unknown>>
  })),
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
  ),
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
