type Fields = { readonly [name: string]: unknown }

/** `{ [name]: value }` when `value` is a text, to be spread; else nothing, because absent is unknown. */
export function textMember<Name extends string>(
  name: Name,
  value: unknown
): { [N in Name]?: string } {
  return (typeof value === 'string' ? { [name]: value } : {}) as { [N in Name]?: string }
}

/** `{ details }` with those of the members `names` that were answered, as answered, to be spread. */
export function pickDetails(value: Fields, names: readonly string[]): { details?: Fields } {
  const known = names.filter((name) => value[name] !== undefined && value[name] !== null)
  if (known.length === 0) return {}
  return { details: Object.fromEntries(known.map((name) => [name, value[name]])) }
}
