import {
  type CallResponse,
  isObject,
  readReasoning,
  readToolCalls,
  textMember
} from '@slm-audit/core/adapter'
import { logprobsOf } from './choice-logprobs.ts'
import { detailsOf, errorOf, promptOf, usageOf } from './compatible.ts'

type Fields = { readonly [name: string]: unknown }

/** Reads a chat completion's body, whole or folded. */
export function readChat(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  const logprobs = choices.flatMap(({ logprobs: each }) => logprobsOf(each))
  const reasoning = readReasoning(choices.map(messageOf))
  const usage = usageOf(value, choices)
  const error = errorOf(value, choices)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...textMember('fingerprint', value.system_fingerprint),
    ...(choices.length > 0 && { output: outputOf(choices, promptOf(value)) }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: choices.flatMap((choice) => toolCallsOf(messageOf(choice))),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...detailsOf(value, choices),
    ...(error && { error })
  }
}

function outputOf(choices: readonly Fields[], ofPrompt: Fields): unknown[] {
  const [first, ...rest] = choices.map(toOutput)
  return [{ ...first, ...ofPrompt }, ...rest]
}

/** Tools called; before there were tools there was one function. */
function toolCallsOf({ tool_calls: calls, function_call: legacy }: Fields) {
  return readToolCalls([...(Array.isArray(calls) ? calls : []), { function: legacy }])
}

/** A choice as answered, without the probabilities, which are a content of their own. */
function toOutput({ logprobs: _logprobs, ...choice }: Fields): Fields {
  const message = messageOf(choice)
  const calls = message.tool_calls
  if (!Array.isArray(calls)) return choice
  // A stream numbers its tool calls, an answer in one piece does not.
  const tool_calls = calls.map((call) => {
    if (!isObject(call)) return call
    const { index: _index, ...rest } = call
    return rest
  })
  return { ...choice, message: { ...message, tool_calls } }
}

function messageOf(choice: Fields): Fields {
  return isObject(choice.message) ? choice.message : {}
}
