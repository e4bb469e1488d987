// Runs a model in this process by transformers.js and records the call: node transformers.ts
import { env, pipeline as load, TextStreamer } from '@huggingface/transformers'
import { wrapPipelineFactory } from '@slm-audit/transformers'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const pipeline = wrapPipelineFactory(load, log, { env })

env.localModelPath = process.env.MODELS ?? env.localModelPath
const generator = await pipeline(
  'text-generation',
  process.env.MODEL ?? 'onnx-community/Qwen3-0.6B-ONNX'
)
await generator([{ role: 'user', content: 'How long does a refund take?' }], {
  max_new_tokens: 64,
  streamer: new TextStreamer(generator.tokenizer, { skip_prompt: true })
})
