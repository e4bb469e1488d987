import { isObject } from '@slm-audit/core/journal'

/**
 * A text as PostgreSQL takes it: U+0000 and half surrogates, which its texts cannot have, become U+FFFD. For whatever
 * a caller or a model has said and that goes into a derived table.
 */
export function storable(text: string): string {
  return text.replaceAll('\u0000', '\ufffd').toWellFormed()
}

/** A JSON value with all its texts, names of members included, made `storable`; for columns of type jsonb. */
export function allStorable<Value>(value: Value): Value {
  return storableOf(value) as Value
}

function storableOf(value: unknown): unknown {
  if (typeof value === 'string') return storable(value)
  if (Array.isArray(value)) return value.map(storableOf)
  if (!isObject(value)) return value
  const members = Object.entries(value)
  return Object.fromEntries(members.map(([name, own]) => [storable(name), storableOf(own)]))
}
