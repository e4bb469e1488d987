import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  providerOf,
  readError,
  readUsage
} from '@slm-audit/core/adapter'
import { readGuardrail } from './read-guardrail.ts'
import { workerModuleOf } from './worker-module.ts'

const APPLY = /\/guardrail\/([^/]+)\/version\/([^/]+)\/apply$/
const CHECKS = /\/guardrail-checks\/invoke$/

/**
 * Guardrails by themselves, without a model: ApplyGuardrail (`POST /guardrail/{id}/version/{version}/apply`)
 * and InvokeGuardrailChecks (`POST /guardrail-checks/invoke`). What they judge is the input, what they
 * found the output; which of their rules took action is in the details.
 *
 * Source: Amazon Bedrock API reference, "ApplyGuardrail", "InvokeGuardrailChecks".
 */
export const bedrockGuardrail: Protocol = {
  name: 'bedrock.guardrail',
  matches: ({ pathname }, method) =>
    method === 'POST' && (APPLY.test(pathname) || CHECKS.test(pathname)),
  readRequest(body, url) {
    const [, id, version] = APPLY.exec(url.pathname) ?? []
    const known = { operation: 'moderation', provider: providerOf(url, 'aws.bedrock') }
    const named =
      id === undefined ? {} : { guardrailIdentifier: decode(id), guardrailVersion: version }
    if (!isObject(body)) return { ...known, input: body, settings: named }
    const { content, messages, ...rest } = body
    return { ...known, input: content ?? messages, settings: { ...named, ...rest } }
  },
  ...nonStreaming(readJudgement),
  workerModule: workerModuleOf(() => bedrockGuardrail)
}

/** An ARN has slashes, which are escaped in a path. */
function decode(text: string): string {
  try {
    return decodeURIComponent(text)
  } catch {
    return text
  }
}

function readJudgement(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { usage: units, ...judgement } = value
  const { action } = value
  const usage = readUsage(units)
  const guardrail = readGuardrail({ guardrail: value })
  const error = readError(value.error)
  return {
    output: judgement,
    ...(action === 'GUARDRAIL_INTERVENED' && { finishReasons: [action] }),
    ...(usage && { usage }),
    ...(guardrail && Object.keys(guardrail).length > 0 && { details: { guardrail } }),
    ...(error && { error })
  }
}
