import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob,
  textMember
} from '@slm-audit/core'

type Fields = { readonly [name: string]: unknown }

/** Members of the body that go to `details`, as answered. */
const DETAILS = [
  'service_tier',
  'created',
  'timings',
  'prompt_filter_results',
  'prompt_logprobs',
  'kv_transfer_params',
  'provider'
]

/** Reads a chat completion's body, whole or folded. */
export function readChat(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  const logprobs = choices.flatMap(logprobsOf)
  const reasoning = readReasoning(choices.map(messageOf))
  const usage = readUsage(value.usage)
  // Servers report what breaks a stream as an event of their own.
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...textMember('fingerprint', value.system_fingerprint),
    ...(choices.length > 0 && { output: choices.map(toOutput) }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: choices.flatMap((choice) => readToolCalls(messageOf(choice).tool_calls)),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
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

function logprobsOf({ logprobs }: Fields): TokenLogprob[] {
  if (!isObject(logprobs)) return []
  return [logprobs.content, logprobs.refusal].flatMap(readLogprobs)
}
