import {
  type CallResponse,
  isObject,
  readError,
  readReasoning,
  readToolCalls,
  textMember
} from '@slm-audit/core'
import { detailsOf, logprobsOf, usageOf } from './compatible.ts'

type Fields = { readonly [name: string]: unknown }

/** Reads a chat completion's body, whole or folded. */
export function readChat(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  const logprobs = choices.flatMap(({ logprobs: each }) => logprobsOf(each))
  const reasoning = readReasoning(choices.map(messageOf))
  const usage = usageOf(value)
  // Servers report what breaks a stream as an event of their own.
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...textMember('fingerprint', value.system_fingerprint),
    ...(choices.length > 0 && { output: outputOf(choices, value.prompt_logprobs) }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: choices.flatMap((choice) => readToolCalls(messageOf(choice).tool_calls)),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...detailsOf(value),
    ...(error && { error })
  }
}

/** vLLM's probabilities of the prompt hold its words, so they stand with the first choice. */
function outputOf(choices: readonly Fields[], ofPrompt: unknown): unknown[] {
  const [first, ...rest] = choices.map(toOutput)
  return Array.isArray(ofPrompt)
    ? [{ ...first, prompt_logprobs: ofPrompt }, ...rest]
    : [first, ...rest]
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
