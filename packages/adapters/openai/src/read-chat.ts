import {
  type CallResponse,
  isObject,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob
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
  return {
    ...text('id', value.id),
    ...text('model', value.model),
    ...text('fingerprint', value.system_fingerprint),
    ...(choices.length > 0 && { output: choices.map(toOutput) }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: choices.flatMap((choice) => readToolCalls(messageOf(choice).tool_calls)),
    ...(usage && { usage }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(reasoning && { reasoning }),
    ...detailsOf(value),
    ...errorOf(value)
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
  return [logprobs.content, logprobs.refusal].flatMap((list) =>
    (Array.isArray(list) ? list : []).filter(isObject).flatMap((entry) => {
      const token = toToken(entry)
      if (token === undefined) return []
      const { top_logprobs: others } = entry
      const top = (Array.isArray(others) ? others : []).filter(isObject).flatMap((other) => {
        const read = toToken(other)
        return read ? [read] : []
      })
      return [top.length > 0 ? { ...token, top } : token]
    })
  )
}

function toToken({ token, logprob }: Fields): { token: string; logprob: number } | undefined {
  return typeof token === 'string' && typeof logprob === 'number' ? { token, logprob } : undefined
}

function detailsOf(value: Fields): { details?: Fields } {
  const known = DETAILS.filter((name) => value[name] !== undefined && value[name] !== null)
  if (known.length === 0) return {}
  return { details: Object.fromEntries(known.map((name) => [name, value[name]])) }
}

/** Servers report what breaks a stream as an event of their own. */
function errorOf({ error }: Fields): Pick<CallResponse, 'error'> {
  if (error === undefined || error === null) return {}
  if (!isObject(error)) return { error: { message: String(error) } }
  const { type, code, message } = error
  return {
    error: {
      ...text('type', type),
      ...(code !== undefined && code !== null && { code: String(code) }),
      message: typeof message === 'string' ? message : JSON.stringify(error)
    }
  }
}

function text<Name extends string>(name: Name, value: unknown): { [N in Name]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { [N in Name]?: string }
}
