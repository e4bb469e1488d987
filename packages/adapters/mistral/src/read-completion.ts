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

/** Reads a completion, whole or folded, or the error in its place. */
export function readCompletion(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const choices = (Array.isArray(value.choices) ? value.choices : []).filter(isObject)
  // Where an agent answered in several messages, they stand in a list.
  const messages = choices.flatMap(({ message, messages: several = [message] }) =>
    Array.isArray(several) ? several.filter(isObject) : []
  )
  const reasoning = readReasoning(messages)
  const usage = readUsage(value.usage)
  // An error in the answer's place has `object: "error"` and its words beside that.
  const error = readError(value.object === 'error' ? value : value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(choices.length > 0 && { output: choices }),
    finishReasons: choices.flatMap(({ finish_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: messages.flatMap(({ tool_calls: calls }) => readToolCalls(calls)),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, ['created', 'guardrails']),
    ...(error && { error })
  }
}
