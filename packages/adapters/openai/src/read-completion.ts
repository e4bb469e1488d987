import { type CallResponse, isObject, readReasoning, textMember } from '@slm-audit/core/adapter'
import { logprobsOf } from './choice-logprobs.ts'
import { detailsOf, errorOf, usageOf } from './compatible.ts'

type Fields = { readonly [name: string]: unknown }

/** Reads a text completion's body, whole or folded. */
export function readCompletion(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  const logprobs = choices.flatMap(({ logprobs: each }) => logprobsOf(each))
  const usage = usageOf(value, choices)
  const reasoning = readReasoning(choices.map(({ text }) => text))
  const error = errorOf(value, choices)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...textMember('fingerprint', value.system_fingerprint),
    ...(choices.length > 0 && { output: choices.map(withoutLogprobs) }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...detailsOf(value, choices),
    ...(error && { error })
  }
}

function withoutLogprobs({ logprobs: _logprobs, ...choice }: Fields): Fields {
  return choice
}
