import { readFileSync } from 'node:fs'
import { isObject, messageOf } from '@slm-audit/core/journal'
import { parsePolicy, redactValue } from '@slm-audit/core/policy'
import { AuditError, type AuditedCall } from '@slm-audit/core/reader'

/** What is taken out of the contents of exported calls. */
export interface Redaction {
  /** The call without it, and how many places were changed. */
  apply(call: AuditedCall): { readonly call: AuditedCall; readonly count: number }
}

/** Something to look for in texts. */
interface Pattern {
  readonly match: RegExp
  readonly replace: string
}

const MASK = '[redacted]'

/**
 * Reads a rule file: `{"pointers": ["/input/0/content"], "patterns": [{"match", "flags",
 * "replace"}]}`. Pointers are JSON Pointers (RFC 6901) into the contents of a call, by their name,
 * with `*` for every member; what they point to is taken out. Patterns are regular expressions that
 * are looked for in all texts. `redact` and `detectors` are those of a policy; pseudonyms hold for one export.
 * Throws AuditError `bad_option` that names the rule.
 */
export function readRedaction(path: string): Redaction {
  const rules = readJson(path)
  for (const name of Object.keys(rules)) {
    if (!RULES.includes(name)) throw bad(path, `there is no rule ${name}`)
  }
  const pointers = toList(path, 'pointers', rules.pointers).map((each) => toPath(path, each))
  const patterns = toList(path, 'patterns', rules.patterns).map((each) => toPattern(path, each))
  const steps = stepsOf(path, rules)
  const secret = crypto.getRandomValues(new Uint8Array(32))
  return {
    apply(call) {
      const counter = { count: 0 }
      let contents: unknown = call.contents
      for (const pointer of pointers) contents = erase(contents, pointer, counter)
      contents = replaceTexts(contents, patterns, counter)
      const found = redactValue(contents, steps, secret)
      contents = found.value
      counter.count += found.count
      return {
        call: { ...call, contents: contents as AuditedCall['contents'] },
        count: counter.count
      }
    }
  }
}

const RULES = ['pointers', 'patterns', 'redact', 'detectors']

/** What the detectors of policies look for. */
function stepsOf(path: string, { redact, detectors }: { readonly [name: string]: unknown }) {
  const own = detectors !== undefined && { detectors }
  const rule = { level: 'RequestResponse', ...(redact !== undefined && { redact }) }
  try {
    return parsePolicy({ ...own, rules: [rule] }).outcomes.flatMap((outcome) => outcome.redact)
  } catch (cause) {
    throw bad(path, messageOf(cause).replaceAll('rules[0].', ''), cause)
  }
}

interface Counter {
  count: number
}

function erase(value: unknown, [name, ...rest]: readonly string[], counter: Counter): unknown {
  if (name === undefined) {
    counter.count++
    return MASK
  }
  if (Array.isArray(value)) {
    return value.map((item, at) =>
      name === '*' || name === String(at) ? erase(item, rest, counter) : item
    )
  }
  if (!isObject(value) || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    name === '*' || name === key ? erase(member, rest, counter) : member
  ])
  return Object.fromEntries(entries)
}

function replaceTexts(value: unknown, patterns: readonly Pattern[], counter: Counter): unknown {
  if (typeof value === 'string') {
    return patterns.reduce(
      (text, { match, replace }) =>
        text.replace(match, () => {
          counter.count++
          return replace
        }),
      value
    )
  }
  if (Array.isArray(value)) return value.map((item) => replaceTexts(item, patterns, counter))
  if (!isObject(value) || value instanceof Uint8Array) return value
  const entries = Object.entries(value).map(([key, member]) => [
    key,
    replaceTexts(member, patterns, counter)
  ])
  return Object.fromEntries(entries)
}

function readJson(path: string): { readonly [name: string]: unknown } {
  try {
    const rules: unknown = JSON.parse(readFileSync(path, 'utf8'))
    if (isObject(rules)) return rules
  } catch (cause) {
    throw bad(path, messageOf(cause), cause)
  }
  throw bad(path, 'it must be a JSON object with pointers and patterns')
}

function toList(path: string, name: string, value: unknown = []): readonly unknown[] {
  if (Array.isArray(value)) return value
  throw bad(path, `${name} must be a list`)
}

function toPath(path: string, pointer: unknown): string[] {
  if (typeof pointer !== 'string' || !pointer.startsWith('/')) {
    throw bad(path, `${JSON.stringify(pointer)} is not a JSON Pointer such as /input/0/content`)
  }
  return pointer
    .slice(1)
    .split('/')
    .map((name) => name.replaceAll('~1', '/').replaceAll('~0', '~'))
}

function toPattern(path: string, value: unknown): Pattern {
  const { match, flags = '', replace = MASK } = isObject(value) ? value : {}
  if (typeof match !== 'string' || typeof flags !== 'string' || typeof replace !== 'string') {
    throw bad(path, `${JSON.stringify(value)} is not a pattern with match, flags and replace`)
  }
  try {
    return { match: new RegExp(match, [...new Set(`${flags}gu`)].join('')), replace }
  } catch (cause) {
    throw bad(path, messageOf(cause), cause)
  }
}

function bad(path: string, problem: string, cause?: unknown): AuditError {
  return new AuditError('bad_option', `--redact ${path}: ${problem}`, { cause })
}
