// Made by `pnpm run generate` from the manifests of the adapters.
import { anthropicProtocols } from '@slm-audit/anthropic'
import { bedrockProtocols } from '@slm-audit/bedrock'
import { cohereProtocols } from '@slm-audit/cohere'
import type { Protocol } from '@slm-audit/core/adapter'
import { googleProtocols } from '@slm-audit/google-genai'
import { huggingfaceProtocols } from '@slm-audit/huggingface'
import { mistralProtocols } from '@slm-audit/mistral'
import { ollamaProtocols } from '@slm-audit/ollama'
import { openaiProtocols } from '@slm-audit/openai'
import { llamaCppProtocols } from './llama-cpp-protocols.ts'
import { lmStudioChat } from './lm-studio-chat.ts'
import { vllmPooling } from './vllm-pooling.ts'

/**
 * All wire formats that slm-audit knows. The first that matches a request reads it, so those with paths
 * of their own stand before those whose paths end in common words.
 */
export const knownProtocols: readonly Protocol[] = [
  ...anthropicProtocols,
  ...bedrockProtocols,
  ...cohereProtocols,
  ...googleProtocols,
  ...mistralProtocols,
  ...ollamaProtocols,
  ...llamaCppProtocols,
  lmStudioChat as Protocol,
  vllmPooling,
  ...huggingfaceProtocols,
  ...openaiProtocols
]
