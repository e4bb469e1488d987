// Asks a model at Hugging Face's providers, or at an endpoint of yours, and records the call:
// HF_TOKEN=… node huggingface.ts
import { InferenceClient } from '@huggingface/inference'
import { wrapHuggingFace } from '@slm-audit/huggingface'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
const { HF_TOKEN, HF_ENDPOINT, MODEL = 'HuggingFaceTB/SmolLM3-3B' } = process.env
const options = HF_ENDPOINT === undefined ? {} : { endpointUrl: HF_ENDPOINT }
const client = wrapHuggingFace(new InferenceClient(HF_TOKEN, options), log)

const stream = client.chatCompletionStream({
  model: MODEL,
  messages: [{ role: 'user', content: 'How long does a refund take?' }]
})
for await (const { choices } of stream) process.stdout.write(choices[0]?.delta.content ?? '')
