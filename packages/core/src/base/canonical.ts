import { AuditError } from './error.ts'
import { stringify } from './json-text.ts'

/**
 * The canonical JSON text of a value (RFC 8785, JCS): keys sorted by UTF-16 code units, no white
 * space, numbers and strings as ECMAScript writes them. Members that are `undefined` are left out.
 *
 * Throws AuditError `bad_record` for what JCS refuses: lone surrogates, NaN and infinities, and
 * for anything that is not JSON (functions, symbols, BigInt, cycles too deep for the stack).
 */
export function canonicalize(value: unknown): string {
  switch (typeof value) {
    case 'string':
      if (!value.isWellFormed()) throw refuse(LONE)
      return stringify(value)
    case 'number':
      if (!Number.isFinite(value)) throw refuse(`the number ${value}`)
      return stringify(value)
    case 'boolean':
      return value ? 'true' : 'false'
    case 'object':
      if (value === null) return 'null'
      if (Array.isArray(value)) return canonicalArray(value)
      return `{${canonicalMembers(value)}}`
    default:
      throw refuse(`a ${typeof value}`)
  }
}

/** The members of an object in canonical order, without the braces; empty for an empty object. */
function canonicalMembers(value: object): string {
  const source = value as { readonly [key: string]: unknown }
  const keys = Object.keys(source).sort()
  let text = ''
  for (const key of keys) {
    const member = source[key]
    if (member === undefined) continue
    if (text !== '') text += ','
    if (!key.isWellFormed()) throw refuse(LONE)
    text += `${stringify(key)}:${canonicalize(member)}`
  }
  return text
}

function canonicalArray(items: readonly unknown[]): string {
  let text = '['
  for (let index = 0; index < items.length; index++) {
    if (index > 0) text += ','
    text += canonicalize(items[index])
  }
  return `${text}]`
}

const LONE = 'a string with a lone surrogate'

function refuse(what: string): AuditError {
  return new AuditError(
    'bad_record',
    `canonical JSON cannot hold ${what}; convert it to a string first`
  )
}
