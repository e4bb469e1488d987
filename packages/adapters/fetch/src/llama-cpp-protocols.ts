import type { Protocol } from '@slm-audit/core/adapter'
import { llamaCppCompletion } from './llama-cpp-completion.ts'
import { llamaCppEmbedding } from './llama-cpp-embedding.ts'
import { llamaCppRerank } from './llama-cpp-rerank.ts'

/** The formats of llama.cpp's server that are its own, for `wrapFetch`. */
export const llamaCppProtocols: readonly Protocol[] = [
  llamaCppCompletion as Protocol,
  llamaCppEmbedding,
  llamaCppRerank
]
