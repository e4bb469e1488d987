import { readUsage, type Usage } from '@slm-audit/core/adapter'

const COUNTS = ['prompt_eval_count', 'eval_count'] as const

/** The token counts, which Ollama puts among the other members of an answer. */
export function readCounts(value: { readonly [name: string]: unknown }): Usage | undefined {
  const counts = COUNTS.filter((name) => value[name] !== undefined)
  if (counts.length === 0) return undefined
  return readUsage(Object.fromEntries(counts.map((name) => [name, value[name]])))
}
