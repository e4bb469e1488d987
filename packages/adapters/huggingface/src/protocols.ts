import type { Protocol } from '@slm-audit/core/adapter'
import { embeddingsInference } from './embeddings-inference.ts'
import { huggingfaceTask } from './huggingface-task.ts'
import { textGeneration } from './text-generation.ts'

/** The wire formats of this package, for `wrapFetch`; chats are in OpenAI's. */
export const huggingfaceProtocols: readonly Protocol[] = [
  textGeneration as Protocol,
  embeddingsInference,
  huggingfaceTask as Protocol
]
