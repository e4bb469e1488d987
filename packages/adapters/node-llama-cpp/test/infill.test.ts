import { testMethod } from '@slm-audit/testing/conformance'
import { tinyModelPrompt } from '@slm-audit/tiny-models/gguf'
import { LlamaCompletion, type LlamaModel } from 'node-llama-cpp'
import { expect } from 'vitest'
import { wrapLlamaCompletion } from '../src/index.ts'
import { small, useRuntime } from './runtime.ts'

const runtime = useRuntime()
const greedy = { temperature: 0, maxTokens: 12 } as const
let infill: Promise<LlamaModel> | undefined

testMethod<LlamaCompletion>({
  name: 'infill completion',
  create: async () => {
    // The tiny model's own tokens stand in for those that mark prefix, suffix and middle.
    infill ??= runtime().llama.loadModel({
      modelPath: runtime().path,
      metadataOverrides: {
        tokenizer: {
          ggml: { fim_pre_token_id: 4, fim_suf_token_id: 3, fim_mid_token_id: 5 }
        }
      }
    })
    const context = await (await infill).createContext(small)
    return new LlamaCompletion({ contextSequence: context.getSequence() })
  },
  wrap: wrapLlamaCompletion,
  scenarios: [
    {
      name: 'prefix and suffix',
      run: (completion) =>
        completion.generateInfillCompletionWithMeta(tinyModelPrompt, 'answered.', greedy),
      check: ([call]) => {
        expect(call?.record.call?.protocol).toBe('node-llama-cpp.generateInfillCompletion')
        expect(call?.contents.input).toEqual({ prefix: tinyModelPrompt, suffix: 'answered.' })
        expect(call?.contents.output).toContain('keeps')
      }
    }
  ]
})
