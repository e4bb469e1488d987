import { isObject } from '../../base/json.ts'
import type { TokenLogprob } from '../../record/call-facts.ts'

type Fields = { readonly [name: string]: unknown }

/**
 * Per-token probabilities from a list of `{ token, logprob, top_logprobs }`: OpenAI, llama.cpp, vLLM,
 * Ollama; or of `{ token, prob, top_probs }`, as llama.cpp gives those after sampling, whose natural
 * logarithm is taken. Entries without a token or a probability, or with one of 0, are left out.
 */
export function readLogprobs(list: unknown): TokenLogprob[] {
  if (!Array.isArray(list)) return []
  return list.filter(isObject).flatMap((entry) => {
    const token = readToken(entry)
    if (token === undefined) return []
    const { top_probs: sampled, top_logprobs: others = sampled } = entry
    const top = (Array.isArray(others) ? others : []).filter(isObject).flatMap((other) => {
      return readToken(other) ?? []
    })
    return [top.length > 0 ? { ...token, top } : token]
  })
}

function readToken(entry: Fields): Omit<TokenLogprob, 'top'> | undefined {
  const { token, prob, logprob = typeof prob === 'number' ? Math.log(prob) : undefined } = entry
  if (typeof token !== 'string' || typeof logprob !== 'number') return undefined
  if (!Number.isFinite(logprob)) return undefined
  const { id, bytes } = entry
  return {
    token,
    logprob,
    ...(typeof prob === 'number' && { prob }),
    ...(typeof id === 'number' && { id }),
    ...(areNumbers(bytes) && !isSpelled(token, bytes) && { bytes })
  }
}

function areNumbers(value: unknown): value is readonly number[] {
  return Array.isArray(value) && value.length > 0 && value.every((one) => typeof one === 'number')
}

/** Whether bytes are those of a token's text. */
export function isSpelled(token: string, bytes: readonly unknown[]): boolean {
  const spelled = new TextEncoder().encode(token)
  return bytes.length === spelled.length && bytes.every((byte, at) => byte === spelled[at])
}
