import { isObject, readLogprobs, type TokenLogprob } from '@slm-audit/core/adapter'

/**
 * The probabilities of a choice: lists of objects, or parallel lists as in text completions and at
 * Together.
 */
export function logprobsOf(logprobs: unknown): TokenLogprob[] {
  if (!isObject(logprobs)) return []
  const { tokens, token_logprobs: values, top_logprobs: tops } = logprobs
  if (!Array.isArray(tokens) || !Array.isArray(values)) {
    return [logprobs.content, logprobs.refusal].flatMap(readLogprobs)
  }
  return tokens.flatMap((token: unknown, at) => {
    const logprob: unknown = values[at]
    // The first token of an echoed prompt has none.
    if (typeof token !== 'string' || typeof logprob !== 'number') return []
    const top = topOf(Array.isArray(tops) ? tops[at] : undefined)
    return [{ token, logprob, ...(top.length > 0 && { top }) }]
  })
}

function topOf(value: unknown): { token: string; logprob: number }[] {
  if (!isObject(value)) return []
  return Object.entries(value).flatMap(([token, logprob]) =>
    typeof logprob === 'number' ? [{ token, logprob }] : []
  )
}
