import { isObject } from '@slm-audit/core/adapter'

/** An object's members. */
export type Fields = { readonly [name: string]: unknown }

/** An object's members; of what is not one, none. */
export function fieldsOf(value: unknown): Fields {
  return isObject(value) ? value : {}
}

/** A text that is JSON as what it says; others as they are. */
export function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

/** A text that says something. */
export function textOf(value: unknown): string | undefined {
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** An error that a framework tells of in words. */
export function errorFrom(told: unknown): Error | undefined {
  const { message, name, type, code } = fieldsOf(told)
  if (told === undefined || told === null) return undefined
  const error = new Error(textOf(message) ?? (typeof told === 'string' ? told : 'unknown'))
  const named = textOf(name) ?? textOf(type) ?? textOf(code)
  if (named !== undefined) error.name = named
  return error
}
