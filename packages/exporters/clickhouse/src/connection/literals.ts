/**
 * A text as a literal of SQL: values stand in the statement, because parameters of ClickHouse travel in the address,
 * which has a limit. A backslash and a quote are all that a literal in single quotes gives a meaning to; a NUL would
 * end the statement for an engine that is called from C.
 */
export function literal(text: string): string {
  const escaped = text.toWellFormed().replace(/[\\']/g, '\\$&').replaceAll('\u0000', '\\0')
  return `'${escaped}'`
}

/** Texts as an array of SQL. */
export function literals(texts: readonly string[]): string {
  return `[${texts.map(literal).join(', ')}]`
}
