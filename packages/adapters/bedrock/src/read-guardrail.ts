import { isObject } from '@slm-audit/core/adapter'

/** What a guardrail did, without the words that it did it to. */
export interface GuardrailFacts {
  readonly actionReason?: string
  /** The rules that took action. */
  readonly interventions?: readonly Intervention[]
}

/** What one rule did: `topicPolicy.topics`, `Investment advice`, `BLOCKED`. */
export interface Intervention {
  readonly policy: string
  /** Its name or type; words of a list of words have neither. */
  readonly rule?: string
  readonly action: string
}

/** Actions of a rule that found something. */
const TAKEN = new Set(['BLOCKED', 'ANONYMIZED'])
/** Lists of assessments nest no deeper. */
const DEPTH = 8
const MAX_INTERVENTIONS = 32

/**
 * Reads a trace's guardrail: which of its rules took action, by policy and name or type. What the rules
 * matched is left out, because it is what people wrote. `undefined` where there is no such trace.
 */
export function readGuardrail(trace: unknown): GuardrailFacts | undefined {
  const guardrail = isObject(trace) ? trace.guardrail : undefined
  if (!isObject(guardrail)) return undefined
  const { actionReason } = guardrail
  const found = interventionsIn(guardrail, [], 0).map((one) => [JSON.stringify(one), one] as const)
  const interventions = [...new Map(found).values()]
  return {
    ...(typeof actionReason === 'string' && { actionReason }),
    ...(interventions.length > 0 && { interventions: interventions.slice(0, MAX_INTERVENTIONS) })
  }
}

function interventionsIn(value: unknown, path: readonly string[], depth: number): Intervention[] {
  if (depth > DEPTH) return []
  if (Array.isArray(value)) return value.flatMap((item) => interventionsIn(item, path, depth + 1))
  if (!isObject(value)) return []
  const { action, name, type } = value
  if (typeof action === 'string' && TAKEN.has(action)) {
    const rule = [name, type].find((each) => typeof each === 'string')
    return [{ policy: path.slice(-2).join('.'), ...(rule !== undefined && { rule }), action }]
  }
  return Object.entries(value).flatMap(([member, inner]) =>
    interventionsIn(inner, [...path, member], depth + 1)
  )
}
