import { type AuditRecord, isObject } from '@slm-audit/core/exporter'

/** Members of a provider's usage that count tokens beside the input's, not among them. */
const BESIDE_INPUT: readonly string[] = [
  'cache_read_input_tokens',
  'cache_creation_input_tokens',
  'cacheReadInputTokens',
  'cacheWriteInputTokens',
  'cache_n'
]

/** The same for the output: Gemini counts thoughts apart. */
const BESIDE_OUTPUT: readonly string[] = ['thoughtsTokenCount']

/**
 * Token counts as the GenAI conventions want them: the input with what came from and went to caches,
 * the output with the reasoning. Records keep them as their providers count.
 */
export function tokenCounts({ response }: AuditRecord): { input?: number; output?: number } {
  const { inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens, reasoningTokens, raw } =
    response?.usage ?? {}
  const has = (names: readonly string[]) => isObject(raw) && names.some((name) => name in raw)
  const cached = has(BESIDE_INPUT) ? (cacheReadTokens ?? 0) + (cacheWriteTokens ?? 0) : 0
  const thought = has(BESIDE_OUTPUT) ? (reasoningTokens ?? 0) : 0
  return {
    ...(inputTokens !== undefined && { input: inputTokens + cached }),
    ...(outputTokens !== undefined && { output: outputTokens + thought })
  }
}
