import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readUsage,
  textMember
} from '@slm-audit/core/adapter'
import { errorOf, readRefusal } from './compatible.ts'
import { readRequest } from './read-request.ts'
import { workerModuleOf } from './worker-module.ts'

/** Applications may have decisions of their own. */
const PATH = /\/(v\d+|deployments\/[^/]+)\/decisions$/

/**
 * Decisions (`POST …/decisions`): questions about an input, answered in one piece. The record's confidence has
 * the probability of yes, or how sure the model is of its choice or score, under the question's name or
 * else its place.
 *
 * Source: type definitions of the openai package, 7.59 (`resources/decisions`).
 */
export const openaiDecisions: Protocol = {
  name: 'openai.decisions',
  matches: (url, method) => method === 'POST' && PATH.test(url.pathname),
  readRequest: (body, url) => readRequest('decide', ['input', 'questions'], body, url),
  readRefusal,
  ...nonStreaming(readDecision),
  workerModule: workerModuleOf(() => openaiDecisions)
}

function readDecision(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { answers } = value
  const usage = readUsage(value.usage)
  const error = errorOf(value)
  return {
    ...textMember('model', value.model),
    ...(answers !== undefined && { output: answers }),
    scores: Array.isArray(answers) ? answers.flatMap(scoreOf) : [],
    ...(usage && { usage }),
    ...(error && { error })
  }
}

/** A question that the model declined has no score. */
function scoreOf(answer: unknown, at: number): NonNullable<CallResponse['scores']> {
  if (!isObject(answer)) return []
  const { name, probability, confidence } = answer
  const score = probability ?? confidence
  const label = typeof name === 'string' ? name : String(at)
  return typeof score === 'number' ? [{ label, score }] : []
}
