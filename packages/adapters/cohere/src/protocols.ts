import type { Protocol } from '@slm-audit/core/adapter'
import { cohereChat } from './cohere-chat.ts'
import { cohereEmbed } from './cohere-embed.ts'
import { cohereRerank } from './cohere-rerank.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const cohereProtocols: readonly Protocol[] = [
  cohereChat as Protocol,
  cohereEmbed,
  cohereRerank
]
