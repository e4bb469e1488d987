import {
  type AuditLog,
  type CallRequest,
  type CallResponse,
  endedBySignal,
  isObject,
  type OpenCall,
  signalOf,
  withRest,
  wrapMethod
} from '@slm-audit/core/adapter'

type Fields = { readonly [name: string]: unknown }

/** How to read the calls of a method that answers questions with probabilities. */
export interface DecisionMethod {
  readonly name: string
  /** Where the options are among the arguments. */
  readonly optionsAt: number
  request(args: readonly unknown[]): CallRequest
}

/** Records one method that answers with `answers` and `tokenUsage`; versions without it are left alone. */
export function recordDecisions(log: AuditLog, target: object, method: DecisionMethod): void {
  const { name, optionsAt, request } = method
  if (typeof Reflect.get(target, name) !== 'function') return
  wrapMethod(log, target as { [name: string]: unknown }, name, {
    readRequest: (args: unknown[]) => request(args),
    readResult: (result) => readDecisions(result),
    readFailure: (_error, args, call) => readFailure(args[optionsAt], call)
  })
}

function readFailure(options: unknown, call: OpenCall): CallResponse {
  const signal = signalOf(isObject(options) ? options.signal : undefined)
  if (signal?.aborted) call.cancel(endedBySignal(signal))
  return {}
}

function readDecisions(result: unknown): CallResponse {
  const { answers, tokenUsage } = isObject(result) ? result : {}
  const { input, output } = isObject(tokenUsage) ? tokenUsage : {}
  const scores = Object.entries(isObject(answers) ? answers : {}).flatMap(scoreOf)
  const inputTokens = typeof input === 'number' && { inputTokens: input }
  const outputTokens = typeof output === 'number' && { outputTokens: output }
  const answer = {
    output: answers,
    ...(scores.length > 0 && { scores }),
    usage: { ...inputTokens, ...outputTokens }
  }
  // Counts are small, and have other names here.
  const counted = [
    ...(inputTokens ? ['/tokenUsage/input'] : []),
    ...(outputTokens ? ['/tokenUsage/output'] : [])
  ]
  return withRest(answer, [result], { structure: counted })
}

/** How sure the model is of each answer; a yes or no is its probability of being yes. */
function scoreOf([label, answer]: [string, unknown]): { label: string; score: number }[] {
  const { confidence, value }: Fields = isObject(answer) ? answer : {}
  const score = confidence ?? value
  return typeof score === 'number' ? [{ label, score }] : []
}
