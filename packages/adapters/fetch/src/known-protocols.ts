import { anthropicProtocols } from '@slm-audit/anthropic'
import type { Protocol } from '@slm-audit/core'
import { ollamaProtocols } from '@slm-audit/ollama'
import { openaiChat } from '@slm-audit/openai'
import { llamaCppCompletion } from './llama-cpp-completion.ts'
import { textGeneration } from './text-generation.ts'

/**
 * All wire formats that slm-audit knows. The first that matches a request reads it, so formats with
 * the longer paths stand first.
 */
export const knownProtocols: readonly Protocol[] = [
  openaiChat as Protocol,
  ...anthropicProtocols,
  ...ollamaProtocols,
  llamaCppCompletion as Protocol,
  textGeneration as Protocol
]
