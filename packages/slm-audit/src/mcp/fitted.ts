/** UTF-16 code units of one text, and items of one list, that an answer has. */
const LONGEST = 4_000
const MOST_ITEMS = 200

/** A value that fits into an answer: long texts and lists are cut, and say so. */
export function fitted(value: unknown): unknown {
  if (typeof value === 'string') {
    return value.length > LONGEST ? `${value.slice(0, LONGEST).toWellFormed()}… (cut)` : value
  }
  if (value instanceof Uint8Array) return `${value.length} bytes`
  if (Array.isArray(value)) {
    const items = value.slice(0, MOST_ITEMS).map(fitted)
    const left = value.length - items.length
    return left > 0 ? [...items, `… ${left} more`] : items
  }
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, fitted(each)]))
}
