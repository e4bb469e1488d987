import {
  type CallResponse,
  isObject,
  readError,
  readLogprobs,
  readReasoning,
  textMember
} from '@slm-audit/core'
import { detailsOf, logprobsOf, usageOf } from './compatible.ts'

type Fields = { readonly [name: string]: unknown }

/** Members of llama.cpp's own answer that go to `details`, beside those of all servers. */
const LLAMA_DETAILS = [
  'generation_settings',
  'stop_type',
  'stopping_word',
  'truncated',
  'has_new_line',
  'tokens_cached',
  'id_slot'
]

/** Reads a text completion's body, whole or folded: OpenAI's, or llama.cpp's own. */
export function readCompletion(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  const isOwn = choices.length === 0 && typeof value.content === 'string'
  const texts = isOwn ? [value.content] : choices.map(({ text }) => text)
  const logprobs = isOwn
    ? readLogprobs(value.completion_probabilities)
    : choices.flatMap(({ logprobs: each }) => logprobsOf(each))
  const usage = usageOf(value)
  const reasoning = readReasoning(texts)
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...textMember('fingerprint', value.system_fingerprint),
    ...(isOwn && { output: value.content }),
    ...(choices.length > 0 && { output: choices.map(withoutLogprobs) }),
    finishReasons: [value.stop_type, ...choices.map(({ finish_reason: reason }) => reason)].filter(
      (reason) => typeof reason === 'string' && reason !== 'none'
    ) as string[],
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...detailsOf(value, LLAMA_DETAILS),
    ...(error && { error })
  }
}

function withoutLogprobs({ logprobs: _logprobs, ...choice }: Fields): Fields {
  return choice
}
