import { isObject } from '../../base/json.ts'
import type { Usage } from '../../record/call-facts.ts'

type Count = Exclude<keyof Usage, 'raw'>

/**
 * Where providers put their counts, as paths into the usage object; the first that holds a count
 * wins. A name that means the same everywhere stands once. `AUDIO` picks Gemini's modality.
 */
const PATHS: { readonly [Name in Count]: readonly string[] } = {
  inputTokens: [
    'prompt_tokens', // OpenAI chat, Mistral, Hugging Face, llama.cpp, vLLM
    'input_tokens', // OpenAI Responses, Anthropic, LangChain
    'total_input_tokens', // Gemini's interactions
    'inputTokens', // Bedrock Converse, AI SDK
    'inputTokens.total', // AI SDK's provider interface 3
    'promptTokenCount', // Gemini
    'promptTokens', // Mistral's client, LangChain's tokenUsage
    'prompt_eval_count', // Ollama
    'inputTokenCount', // Bedrock's invocation metrics
    'tokens_evaluated', // llama.cpp /completion
    'input_length', // Hugging Face text generation
    'prompt_token_count', // Llama on Bedrock
    'inputTextTokenCount', // Titan on Bedrock
    'prompt_n', // llama.cpp timings
    'tokens.input_tokens', // Cohere
    'billed_units.input_tokens' // Cohere's embeddings, which count no others
  ],
  outputTokens: [
    'completion_tokens',
    'output_tokens',
    'total_output_tokens',
    'outputTokens',
    'outputTokens.total',
    'candidatesTokenCount',
    'completionTokens',
    'eval_count',
    'outputTokenCount',
    'generated_tokens', // Hugging Face text generation
    'tokens_predicted',
    'generation_token_count', // Llama on Bedrock
    'totalOutputTextTokenCount', // Titan on Bedrock
    'tokenCount',
    'predicted_n',
    'tokens.output_tokens',
    'billed_units.output_tokens'
  ],
  totalTokens: ['total_tokens', 'totalTokens', 'totalTokenCount'],
  cacheReadTokens: [
    'prompt_tokens_details.cached_tokens',
    'input_tokens_details.cached_tokens',
    'input_token_details.cached_tokens', // OpenAI's realtime sessions
    'cache_read_input_tokens', // Anthropic
    'cacheReadInputTokens', // Bedrock Converse
    'cacheReadInputTokenCount',
    'cachedContentTokenCount', // Gemini
    'total_cached_tokens',
    'prompt_cache_hit_tokens', // DeepSeek
    'cached_tokens', // Moonshot, LM Studio
    'promptTokensDetails.cachedTokens', // Mistral's client
    'inputTokenDetails.cacheReadTokens', // AI SDK 6 and 7
    'inputTokens.cacheRead',
    'cachedInputTokens', // AI SDK 5
    'input_token_details.cache_read', // LangChain
    'cache_n'
  ],
  cacheWriteTokens: [
    'cache_creation_input_tokens',
    'cacheWriteInputTokens',
    'cacheWriteInputTokenCount',
    'prompt_tokens_details.cache_write_tokens', // OpenAI, OpenRouter
    'input_tokens_details.cache_write_tokens',
    'inputTokenDetails.cacheWriteTokens',
    'inputTokens.cacheWrite',
    'input_token_details.cache_creation'
  ],
  reasoningTokens: [
    'completion_tokens_details.reasoning_tokens',
    'output_tokens_details.reasoning_tokens',
    'output_tokens_details.thinking_tokens',
    'thoughtsTokenCount',
    'total_thought_tokens',
    'outputTokenDetails.reasoningTokens',
    'outputTokens.reasoning',
    'reasoning_output_tokens', // LM Studio
    'reasoningTokens',
    'output_token_details.reasoning'
  ],
  audioInputTokens: [
    'prompt_tokens_details.audio_tokens',
    'input_tokens_details.audio_tokens',
    'input_token_details.audio_tokens',
    'input_token_details.audio',
    'promptTokensDetails.AUDIO'
  ],
  audioOutputTokens: [
    'completion_tokens_details.audio_tokens',
    'output_tokens_details.audio_tokens',
    'output_token_details.audio_tokens',
    'output_token_details.audio',
    'candidatesTokensDetails.AUDIO'
  ]
}

const COMPILED = Object.entries(PATHS).map(
  ([name, paths]) => [name as Count, paths.map((path) => path.split('.'))] as const
)

/**
 * Reads a provider's usage object, whoever's it is, and keeps it whole as `raw`; `undefined` when
 * `raw` is not an object. Counts are the provider's own: nothing is added, subtracted or derived.
 *
 * So `inputTokens` means what the provider means. It includes cached tokens at OpenAI, Gemini,
 * Mistral, Ollama, the AI SDK and LangChain; it **excludes** them at Anthropic, on Bedrock and in
 * llama.cpp's `timings`, where the whole prompt is `inputTokens + cacheReadTokens +
 * cacheWriteTokens`. `outputTokens` includes reasoning everywhere but at Gemini.
 */
export function readUsage(raw: unknown): Usage | undefined {
  if (!isObject(raw)) return undefined
  const usage: { -readonly [Name in keyof Usage]: Usage[Name] } = {}
  for (const [name, paths] of COMPILED) {
    for (const path of paths) {
      // Most of what providers call their counts is not in the usage of this one.
      if (raw[path[0] ?? ''] === undefined) continue
      const found = countAt(raw, path)
      if (found === undefined) continue
      usage[name] = found
      break
    }
  }
  return { ...usage, raw }
}

function countAt(from: unknown, path: readonly string[]): number | undefined {
  let at: unknown = from
  for (const step of path) {
    if (Array.isArray(at)) at = at.find((item) => isObject(item) && item.modality === step)
    else at = isObject(at) ? at[step] : undefined
    if (at === undefined) return undefined
  }
  const given = isObject(at) ? at.tokenCount : at
  // Some gateways give counts as texts.
  const count = typeof given === 'string' && /^\d{1,15}$/.test(given) ? Number(given) : given
  return typeof count === 'number' && Number.isSafeInteger(count) && count >= 0 ? count : undefined
}
