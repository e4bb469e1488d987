import { isObject } from './json.ts'
import type { TokenLogprob } from './protocol.ts'

type Fields = { readonly [name: string]: unknown }

/**
 * Per-token probabilities from a list of `{ token, logprob, top_logprobs }`: OpenAI, llama.cpp, vLLM,
 * Ollama. Entries without a token or a probability are left out.
 */
export function readLogprobs(list: unknown): TokenLogprob[] {
  if (!Array.isArray(list)) return []
  return list.filter(isObject).flatMap((entry) => {
    const token = readToken(entry)
    if (token === undefined) return []
    const { top_logprobs: others } = entry
    const top = (Array.isArray(others) ? others : []).filter(isObject).flatMap((other) => {
      return readToken(other) ?? []
    })
    return [top.length > 0 ? { ...token, top } : token]
  })
}

function readToken({ token, logprob }: Fields): { token: string; logprob: number } | undefined {
  return typeof token === 'string' && typeof logprob === 'number' ? { token, logprob } : undefined
}
