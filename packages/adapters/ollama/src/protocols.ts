import type { Protocol } from '@slm-audit/core/adapter'
import { ollamaEmbed } from './ollama-embed.ts'
import { ollamaChat, ollamaGenerate } from './ollama-generate.ts'
import { ollamaSystemOne } from './ollama-system-one.ts'

/** All wire formats of this package, for `wrapFetch`. */
export const ollamaProtocols: readonly Protocol[] = [
  ollamaChat as Protocol,
  ollamaGenerate as Protocol,
  ollamaEmbed,
  ollamaSystemOne
]
