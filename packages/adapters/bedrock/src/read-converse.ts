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
import { readGuardrail } from './read-guardrail.ts'

type Fields = { readonly [name: string]: unknown }

/** Members that go to `details`, as answered. */
const DETAILS = ['metrics', 'performanceConfig', 'serviceTier']

/** Reads a Converse answer, whole or folded; Nova's models answer so when they are invoked, too. */
export function readConverse(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { output, stopReason: reason, trace, additionalModelResponseFields: more } = value
  const message = isObject(output) ? output.message : undefined
  const usage = readUsage(value.usage)
  const reasoning = readReasoning([message])
  const error = readError(value.error)
  const guardrail = readGuardrail(trace)
  const details = { ...pickDetails(value, DETAILS).details, ...(guardrail && { guardrail }) }
  return {
    ...(output !== undefined && { output: withMore(message ?? output, { trace, more }) }),
    ...modelOf(trace),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    ...(isObject(message) && { toolCalls: readToolCalls(message.content) }),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...(Object.keys(details).length > 0 && { details }),
    ...(error && { error })
  }
}

/** The model that a prompt router chose. */
function modelOf(trace: unknown): Pick<CallResponse, 'model'> {
  const router = isObject(trace) ? trace.promptRouter : undefined
  return textMember('model', isObject(router) ? router.invokedModelId : undefined)
}

/** Traces of guardrails, and members of the model's own, quote what was said: they are content. */
function withMore(message: unknown, { trace, more }: Fields): unknown {
  if (!isObject(message)) return message
  return {
    ...message,
    ...(trace !== undefined && { trace }),
    ...(more !== undefined && more !== null && { additionalModelResponseFields: more })
  }
}
