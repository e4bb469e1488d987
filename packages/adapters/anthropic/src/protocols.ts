import type { Protocol } from '@slm-audit/core/adapter'
import { anthropicBatches, anthropicBatchResults } from './anthropic-batches.ts'
import { anthropicCompletions } from './anthropic-completions.ts'
import { anthropicMessages } from './anthropic-messages.ts'
import { anthropicTokens } from './anthropic-tokens.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const anthropicProtocols: readonly Protocol[] = [
  anthropicMessages as Protocol,
  anthropicTokens,
  anthropicCompletions as Protocol,
  anthropicBatches,
  anthropicBatchResults as Protocol
]
