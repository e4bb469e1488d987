import type { Protocol } from '@slm-audit/core/adapter'
import { geminiBatches } from './gemini-batches.ts'
import { geminiEmbed } from './gemini-embed.ts'
import { geminiGenerate } from './gemini-generate.ts'
import { geminiInteractions } from './gemini-interactions.ts'
import { geminiPredict } from './gemini-predict.ts'
import { geminiTokens } from './gemini-tokens.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const googleProtocols: readonly Protocol[] = [
  geminiGenerate as Protocol,
  geminiEmbed,
  geminiTokens,
  geminiPredict,
  geminiInteractions as Protocol,
  geminiBatches
]
