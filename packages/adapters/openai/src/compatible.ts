import {
  type CallResponse,
  isObject,
  pickDetails,
  readLogprobs,
  readUsage,
  type TokenLogprob
} from '@slm-audit/core'

type Fields = { readonly [name: string]: unknown }

/** Members of a body that go to `details` as answered, of OpenAI and of compatible servers. */
const DETAILS = [
  'service_tier',
  'created',
  // llama.cpp
  'timings',
  // vLLM
  'kv_transfer_params',
  // Azure
  'prompt_filter_results',
  // OpenRouter: who served the request
  'provider',
  // Groq
  'x_groq',
  // LM Studio
  'stats',
  'model_info',
  'runtime'
]

/**
 * Members that one server added to the format. Others copy some of them, so they tell the dialect of an
 * answer and not who gave it.
 */
const DIALECTS: { readonly [dialect: string]: (body: Fields) => boolean } = {
  'llama.cpp': ({ timings }) => isObject(timings) && 'predicted_n' in timings,
  vllm: (body) => 'prompt_logprobs' in body || 'kv_transfer_params' in body,
  'lm-studio': ({ stats }) => isObject(stats),
  groq: ({ x_groq: groq }) => isObject(groq),
  openrouter: ({ id, provider }) => typeof provider === 'string' && /^gen-/.test(String(id)),
  azure: ({ prompt_filter_results: results }) => Array.isArray(results)
}

/** The details of an answer, and whose additions it has. */
export function detailsOf(body: Fields): Pick<CallResponse, 'details'> {
  const { details } = pickDetails(body, DETAILS)
  const dialect = Object.keys(DIALECTS).find((name) => DIALECTS[name]?.(body))
  if (dialect === undefined) return details ? { details } : {}
  return { details: { ...details, dialect } }
}

/**
 * Usage where servers put it: `usage`; Groq's streams have it beside their id; llama.cpp's streams
 * have counts among their timings.
 */
export function usageOf(body: Fields): CallResponse['usage'] {
  const { usage, x_groq: groq, timings } = body
  const ofGroq = isObject(groq) ? groq.usage : undefined
  return readUsage(usage ?? ofGroq ?? timings)
}

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
