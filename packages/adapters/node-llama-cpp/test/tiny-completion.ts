import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeTinyModel } from '@slm-audit/tiny-models/gguf'
import { getLlama, LlamaCompletion, LlamaLogLevel } from 'node-llama-cpp'

/** A completion of a real runtime on one thread, with a model that has next to no work of its own. */
export async function tinyCompletion(): Promise<LlamaCompletion> {
  const path = join(mkdtempSync(join(tmpdir(), 'bench-llama-')), 'tiny.gguf')
  await writeTinyModel(path)
  const llama = await getLlama({
    gpu: false,
    build: 'never',
    skipDownload: true,
    maxThreads: 1,
    logLevel: LlamaLogLevel.error
  })
  const model = await llama.loadModel({ modelPath: path })
  const context = await model.createContext({ contextSize: 256, threads: 1 })
  return new LlamaCompletion({ contextSequence: context.getSequence() })
}
