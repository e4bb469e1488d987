// transformers.js in process, streaming and classifying. The models here are tiny ones, written to disk.
import { env, pipeline as load, TextStreamer } from '@huggingface/transformers'
import { writeTinyOnnx } from '@slm-audit/tiny-models/onnx'
import { wrapPipelineFactory } from '@slm-audit/transformers'
import { createAuditLog, openReader } from 'slm-audit'

env.allowRemoteModels = false
env.localModelPath = './models/'
for (const name of ['tiny-chat', 'tiny-sentiment'] as const) {
  await writeTinyOnnx(env.localModelPath, name)
}

{
  await using log = await createAuditLog({ service: 'support-bot' })
  const pipeline = wrapPipelineFactory(load, log, { env })

  const generator = await pipeline('text-generation', 'tiny-chat')
  const streamer = new TextStreamer(generator.tokenizer, { skip_prompt: true })
  const messages = [{ role: 'user', content: 'Can a person be erased?' }]
  await generator(messages, { max_new_tokens: 60, streamer })

  const classifier = await pipeline('text-classification', 'tiny-sentiment')
  await classifier('a great and happy day')
}

await using reader = await openReader('.slm-audit/audit.db')
for (const { auditId, operation } of (await reader.query()).items) {
  const { record } = (await reader.get(auditId)) ?? {}
  const { usage, finishReasons = [] } = record?.response ?? {}
  const scores = record?.confidence?.scores?.map(({ label }) => label) ?? []
  console.log(operation, usage?.inputTokens, 'tokens', ...finishReasons, ...scores)
}
