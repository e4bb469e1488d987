import { readFileSync } from 'node:fs'
import { isObject, messageOf } from '@slm-audit/core/journal'
import { factsOfRecord, type Policy, type PolicyFacts, redactText } from '@slm-audit/core/policy'
import { AuditError } from '@slm-audit/core/reader'
import { parse } from 'yaml'

/** What a team expects of its policy for one call. */
export interface PolicyCase {
  readonly name: string
  readonly facts: PolicyFacts
  /** Members of the outcome: `rule`, `level`, `mode`, `retention`; `denied` for a call that is refused, `reviewed` for one that a person has to approve. */
  readonly expect: { readonly [name: string]: unknown }
  /** A text of the call, and what is stored of it. */
  readonly text?: string
  readonly stored?: string
}

const FACTS = [
  'kind',
  'operation',
  'provider',
  'model',
  'tools',
  'tenant',
  'user',
  'groups',
  'session',
  'service',
  'environment',
  'phase',
  'trace',
  'source',
  'guardrails',
  'verdicts',
  'tags'
]
const EXPECTED = ['rule', 'level', 'mode', 'retention', 'denied', 'reviewed', 'text', 'stored']

type Members = { readonly [name: string]: unknown }

/** The facts that a file says: as they are, or as a record or an audited call has them. Throws TypeError. */
export function factsFrom(value: Members): PolicyFacts {
  const record = isObject(value.record) ? value.record : value
  if (isObject(record.call) || isObject(record.context)) return factsOfRecord(record)
  const unknown = Object.keys(value).find((name) => !FACTS.includes(name))
  if (unknown === undefined) return value
  throw new TypeError(`there is no fact ${unknown}; known are ${FACTS.join(', ')}`)
}

/** Reads a file of cases. Throws AuditError `bad_option` that names the case. */
export function readCases(path: string): readonly PolicyCase[] {
  let cases: unknown
  try {
    cases = parse(readFileSync(path, 'utf8'))
  } catch (cause) {
    throw new AuditError('bad_option', `${path} cannot be read: ${messageOf(cause)}`, { cause })
  }
  if (!Array.isArray(cases) || cases.length === 0) {
    const form = '[{ call: { model: qwen3 }, expect: { rule: rest } }]'
    throw new AuditError('bad_option', `${path} must be a list of cases, such as ${form}`)
  }
  return cases.map((one: unknown, at) => toCase(path, at, one))
}

function toCase(path: string, at: number, one: unknown): PolicyCase {
  const bad = (why: string) => new AuditError('bad_option', `${path}: case ${at + 1} ${why}`)
  const { name = `case ${at + 1}`, call, expect } = isObject(one) ? one : {}
  if (!isObject(call) || !isObject(expect)) throw bad('must have call and expect')
  const unknown = Object.keys(expect).find((member) => !EXPECTED.includes(member))
  if (unknown !== undefined) throw bad(`expects ${unknown}; known are ${EXPECTED.join(', ')}`)
  const { text, stored, ...rest } = expect
  try {
    return {
      name: String(name),
      facts: factsFrom(call),
      expect: rest,
      ...(typeof text === 'string' && { text }),
      ...(typeof stored === 'string' && { stored })
    }
  } catch (cause) {
    throw bad(messageOf(cause))
  }
}

/** What of a case is not as it expects; nothing where all is. */
export function failuresOf(policy: Policy, { facts, expect, text, stored }: PolicyCase): string[] {
  const { deny, review, redact, ...outcome } = policy.decide(facts)
  const found: Members = { ...outcome, denied: deny !== undefined, reviewed: review !== undefined }
  const failures = Object.entries(expect)
    .filter(([name, value]) => found[name] !== value)
    .map(([name, value]) => `${name} is ${String(found[name])}, not ${String(value)}`)
  if (text === undefined) return failures
  const kept = redactText(text, redact)
  if (kept !== (stored ?? text)) failures.push(`'${kept}' is stored, not '${stored ?? text}'`)
  return failures
}
