import {
  type CallResponse,
  isObject,
  type Protocol,
  providerOf,
  readError,
  readFlatRequest,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/**
 * Text completions of old (`POST …/v1/complete`), plain and streamed; versions of the client before 1.0 have
 * them.
 *
 * Source: Anthropic API reference, "Text Completions (legacy)".
 */
export const anthropicCompletions: Protocol<Fields> = {
  name: 'anthropic.completions',
  framing: 'sse',
  needsNames: true,
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/v1/complete'),
  readRequest: (body, url) =>
    readFlatRequest(body, {
      operation: 'text_completion',
      provider: providerOf(url, 'anthropic-compatible'),
      inputs: ['prompt']
    }),
  readResponse: read,
  start: () => ({}),
  step(answer, event) {
    if (!isObject(event)) return answer
    const { completion, ...rest } = event
    if (typeof completion === 'string')
      answer.completion = `${answer.completion ?? ''}${completion}`
    return Object.assign(answer, rest)
  },
  isLast: (event) =>
    isObject(event) && (typeof event.stop_reason === 'string' || event.type === 'error'),
  finish: read,
  workerModule: workerModule(
    () => anthropicCompletions,
    () => import.meta.resolve('@slm-audit/anthropic')
  )
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { completion, stop_reason: reason } = value
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    ...textMember('model', value.model),
    ...(completion !== undefined && { output: completion }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    ...(error && { error })
  }
}
