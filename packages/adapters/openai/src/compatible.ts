import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readUsage
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** Members of a body that go to `details` as answered, of OpenAI and of compatible servers. */
const DETAILS = [
  'service_tier',
  'created',
  // llama.cpp
  'timings',
  // vLLM
  'kv_transfer_params',
  'ec_transfer_params',
  'metrics',
  // Azure
  'prompt_filter_results',
  'content_filter_results',
  // OpenRouter: who served the request
  'provider',
  'openrouter_metadata',
  // Groq
  'x_groq',
  'usage_breakdown',
  // Together
  'warnings',
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
  vllm: (body) =>
    'prompt_logprobs' in body ||
    'kv_transfer_params' in body ||
    (isObject(body.metrics) && 'time_to_first_token_ms' in body.metrics),
  'lm-studio': ({ stats }) => isObject(stats),
  groq: ({ x_groq: groq }) => isObject(groq),
  openrouter: ({ id, provider }) => typeof provider === 'string' && /^gen-/.test(String(id)),
  azure: ({ prompt_filter_results: results }) => Array.isArray(results)
}

/** What hides the length of what is said, and says nothing. */
export const PADDING = { '/obfuscation': 'padding' }

/** Members of a body that hold the prompt's words or tokens. */
const OF_PROMPT = ['prompt_logprobs', 'prompt_token_ids', 'prompt_text', 'prompt']

/** The details of an answer, and whose additions it has. */
export function detailsOf(body: Fields, choices: readonly Fields[]): Pick<CallResponse, 'details'> {
  const { x_groq: groq, error } = body
  const results = choices.map((choice) => choice.content_filter_results)
  const { details } = pickDetails(
    {
      ...body,
      ...(isObject(groq) && { x_groq: withoutDebug(groq) }),
      ...(results.some(isObject) && { content_filter_results: results })
    },
    DETAILS
  )
  const dialect = Object.keys(DIALECTS).find((name) => DIALECTS[name]?.(body))
  const all = { ...details, ...refusalOf(error).details, ...(dialect && { dialect }) }
  return Object.keys(all).length > 0 ? { details: all } : {}
}

/** What an answer repeats of its prompt, and Groq's lists of tokens, to stand with the first choice. */
export function promptOf(body: Fields): Fields {
  const { x_groq: groq } = body
  const debug = isObject(groq) && isObject(groq.debug) ? groq.debug : undefined
  const { details } = pickDetails(body, OF_PROMPT)
  const said = Object.entries(details ?? {}).filter(
    ([, value]) => !Array.isArray(value) || value.length > 0
  )
  return { ...Object.fromEntries(said), ...(debug && { debug }) }
}

function withoutDebug({ debug: _debug, ...groq }: Fields): Fields {
  return groq
}

/**
 * What breaks an answer off: servers report it as an event of their own, Groq beside its id, OpenRouter
 * in the choice. Older versions of vLLM have it as the whole body.
 */
export function errorOf(body: Fields, choices: readonly Fields[] = []): CallResponse['error'] {
  const { error, x_groq: groq, object } = body
  const own = object === 'error' ? body : undefined
  const found = [error, isObject(groq) && groq.error, ...choices.map((each) => each.error), own]
  return found.filter(Boolean).map(readError).find(Boolean)
}

/** The same of the body of an HTTP error, for protocols. */
export function readRefusal(body: unknown): Pick<CallResponse, 'details'> {
  return refusalOf(isObject(body) ? body.error : undefined)
}

/** What an error tells beside its type, code and message: Azure's filter, OpenRouter's provider. */
function refusalOf(error: unknown): Pick<CallResponse, 'details'> {
  if (!isObject(error)) return {}
  const { innererror: inner, metadata } = error
  return pickDetails({ ...(isObject(metadata) && metadata), ...(isObject(inner) && inner) }, [
    'content_filter_result',
    'content_filter_results',
    'provider_name',
    'error_type',
    'reasons'
  ])
}

/**
 * Usage where servers put it: `usage`; Groq's streams have it beside their id; Moonshot's in the choice;
 * llama.cpp's streams have counts among their timings. One that counts nothing stands last.
 */
export function usageOf(body: Fields, choices: readonly Fields[] = []): CallResponse['usage'] {
  const { usage, x_groq: groq, timings } = body
  const ofGroq = isObject(groq) ? groq.usage : undefined
  const ofChoices = choices.map((choice) => choice.usage)
  const found = [usage, ofGroq, ...ofChoices, timings].filter(Boolean).map(readUsage)
  return found.find((each) => each && Object.keys(each).length > 1) ?? found.find((each) => each)
}
