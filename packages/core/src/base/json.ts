import { heirless } from './json-text.ts'

/** Any value that JSON can carry. */
export type Json =
  | null
  | boolean
  | number
  | string
  | readonly Json[]
  | { readonly [key: string]: Json }

/** A JSON object. */
export type JsonObject = { readonly [key: string]: Json }

/** Whether `value` is a plain object that fields can be read from; arrays, null and revoked proxies are not. */
export function isObject(value: unknown): value is { readonly [key: string]: unknown } {
  try {
    return typeof value === 'object' && value !== null && !Array.isArray(value)
  } catch {
    return false
  }
}

type Fields = { readonly [name: string]: unknown }

/** A member that an object has itself; members of its prototype are not what was sent or answered. */
export function ownMember(target: Fields, name: string): unknown {
  return Object.hasOwn(target, name) ? target[name] : undefined
}

/** Gives an object a member of any name. By `__proto__` an assignment would change its prototype instead. */
export function setMember(target: { [name: string]: unknown }, name: string, value: unknown): void {
  // What all objects have may be a setter.
  if (!(name in Object.prototype)) target[name] = value
  else {
    const member = { value, configurable: true, enumerable: true, writable: true }
    Object.defineProperty(target, name, heirless(member))
  }
}

/** `{ [name]: value }` when `value` is a text, to be spread; else nothing, because absent is unknown. */
export function textMember<Name extends string>(
  name: Name,
  value: unknown
): { [N in Name]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { [N in Name]?: string }
}

/** `{ details }` with those of the members `names` that were answered, as answered, to be spread. */
export function pickDetails(value: Fields, names: readonly string[]): { details?: Fields } {
  let details: { [name: string]: unknown } | undefined
  for (const name of names) {
    const found = value[name]
    if (found === undefined || found === null) continue
    details ??= {}
    details[name] = found
  }
  return details ? { details } : {}
}

/** Two parts of one value: the members of both, and where both have one that is not an object, that of `other`. */
export function joinMembers(value: unknown, other: unknown): unknown {
  if (other === undefined) return value
  if (!isObject(value) || !isObject(other)) return other
  const whole: { [name: string]: unknown } = { ...value }
  for (const name of Object.keys(other)) {
    setMember(whole, name, joinMembers(ownMember(value, name), other[name]))
  }
  return whole
}
