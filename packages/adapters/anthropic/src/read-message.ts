import {
  type CallResponse,
  isObject,
  pickDetails,
  readError,
  readReasoning,
  readToolCalls,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'

/** Members of a message that go to `details`, as answered. */
const DETAILS = [
  'stop_sequence',
  'stop_details',
  'container',
  'context_management',
  'input_transformations',
  'diagnostics'
]

/** Reads a message, whole or folded from its events, or the error in its place. */
export function readMessage(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { role, content, stop_reason: reason } = value
  const usage = readUsage(value.usage)
  const reasoning = readReasoning([value])
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(content !== undefined && { output: { ...textMember('role', role), content } }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    toolCalls: readToolCalls(content),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...pickDetails({ ...value, stop_details: withoutToken(value.stop_details) }, DETAILS),
    ...(error && { error })
  }
}

/** What a refusal costs can be had back with this token, so it is not recorded. */
function withoutToken(details: unknown): unknown {
  if (!isObject(details)) return details
  const { fallback_credit_token: _token, ...rest } = details
  return rest
}
