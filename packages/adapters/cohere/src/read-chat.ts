import {
  type CallResponse,
  isObject,
  readError,
  readLogprobs,
  readReasoning,
  readToolCalls,
  readUsage,
  type TokenLogprob,
  textMember
} from '@slm-audit/core/adapter'

/** Reads an answer, whole or folded; that of an error is its message alone. */
export function readChat(body: unknown): CallResponse {
  if (!isObject(body)) return { output: body }
  const { message, finish_reason: reason, usage: counted, logprobs: items, error: failed } = body
  const answer = isObject(message) ? message : undefined
  const usage = readUsage(counted)
  const reasoning = answer && readReasoning([answer])
  const logprobs = logprobsOf(items)
  const error = readError(failed)
  return {
    ...textMember('id', body.id),
    ...(answer && { output: answer }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    toolCalls: readToolCalls(answer?.tool_calls),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...(logprobs.length > 0 && { logprobs }),
    ...(error && { error })
  }
}

/** Items of one token each; a text of several cannot be told apart into theirs. */
function logprobsOf(items: unknown): TokenLogprob[] {
  const list = Array.isArray(items) ? items.filter(isObject) : []
  return readLogprobs(
    list.flatMap(({ text, token_ids: ids, logprobs }) => {
      if (!Array.isArray(logprobs) || logprobs.length !== 1) return []
      const [id] = Array.isArray(ids) ? ids : []
      return [{ token: text, logprob: logprobs[0], id }]
    })
  )
}
