// The AI SDK on a server that speaks OpenAI's format: one step, and the model's call below it:
// OPENAI_BASE_URL=http://127.0.0.1:11434/v1 MODEL=qwen3:0.6b node ai-sdk.ts
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { auditTelemetry } from '@slm-audit/ai-sdk'
import { registerTelemetry, streamText } from 'ai'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
registerTelemetry(auditTelemetry(log))

const baseURL = process.env.OPENAI_BASE_URL ?? 'http://127.0.0.1:11434/v1'
const provider = createOpenAICompatible({ name: 'local', baseURL })
const { textStream } = streamText({
  model: provider(process.env.MODEL ?? 'qwen3:0.6b'),
  prompt: 'How long does a refund take?',
  telemetry: { functionId: 'refunds' }
})
for await (const text of textStream) process.stdout.write(text)
