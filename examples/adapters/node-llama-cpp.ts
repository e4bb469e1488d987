// Runs a GGUF model in this process and records the call: MODEL=qwen3-0.6b-q4_k_m.gguf node node-llama-cpp.ts
// (THREADS=1 leaves the other processors to other programs.)
import { wrapLlamaChatSession } from '@slm-audit/node-llama-cpp'
import { getLlama, LlamaChatSession } from 'node-llama-cpp'
import { createAuditLog } from 'slm-audit'

await using log = await createAuditLog({ service: 'support-bot' })
await using llama = await getLlama({ maxThreads: Number(process.env.THREADS ?? 0) })
const model = await llama.loadModel({ modelPath: process.env.MODEL ?? 'qwen3-0.6b-q4_k_m.gguf' })
const context = await model.createContext()
const session = wrapLlamaChatSession(
  new LlamaChatSession({ contextSequence: context.getSequence() }),
  log
)

await session.prompt('How long does a refund take?', {
  maxTokens: 64,
  onTextChunk: (text) => process.stdout.write(text)
})
