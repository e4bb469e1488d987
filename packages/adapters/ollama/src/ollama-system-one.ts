import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'

/**
 * System One (`POST /v1/systemone`): questions about a state, answered with a choice, a truth value
 * or a score, each with its probabilities, which become the confidence as `question: answer`.
 *
 * Source: type definitions of the ollama package, 0.6.4.
 */
export const ollamaSystemOne: Protocol = {
  name: 'ollama.systemone',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/v1/systemone'),
  readRequest(body) {
    const known = { operation: 'text_classification', provider: 'ollama' }
    if (!isObject(body)) return { ...known, input: body }
    const { model, state, questions, ...settings } = body
    return { ...known, ...textMember('model', model), input: { state, questions }, settings }
  },
  ...nonStreaming(read)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { answers } = value
  const scores = Object.entries(isObject(answers) ? answers : {}).flatMap(scoresOf)
  const usage = readUsage(value.usage)
  const error = readError(value.error)
  return {
    ...textMember('model', value.model),
    ...(answers !== undefined && { output: answers }),
    ...(scores.length > 0 && { scores }),
    ...(usage && { usage }),
    ...(error && { error })
  }
}

function scoresOf([question, answer]: [string, unknown]): { label: string; score: number }[] {
  if (!isObject(answer)) return []
  const { probabilities, noul } = answer
  const found = isObject(probabilities) ? Object.entries(probabilities) : [['true', noul] as const]
  return found.flatMap(([label, score]) =>
    typeof score === 'number' ? [{ label: `${question}: ${label}`, score }] : []
  )
}
