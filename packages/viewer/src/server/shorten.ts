import { isObject } from '@slm-audit/core/journal'

/** UTF-16 code units of a text that are sent at once: what lays out in a few milliseconds. */
export const LONGEST_TEXT = 65_536
/** Items of a list that are sent: more tokens or messages than anybody reads on one page. */
const MOST_ITEMS = 5_000
const DEEPEST = 40

/** A value with its long texts cut, bytes as words, and how many code units were cut off. */
export function shorten(value: unknown): { readonly value: unknown; readonly cut: number } {
  let cut = 0
  const walk = (each: unknown, depth: number): unknown => {
    if (typeof each === 'string') {
      if (each.length <= LONGEST_TEXT) return each
      cut += each.length - LONGEST_TEXT
      return each.slice(0, LONGEST_TEXT)
    }
    if (each instanceof Uint8Array) return `${each.length.toLocaleString('en')} bytes`
    if (depth > DEEPEST) return '…'
    if (Array.isArray(each)) return each.slice(0, MOST_ITEMS).map((item) => walk(item, depth + 1))
    if (!isObject(each)) return each
    const members = Object.entries(each).map(([name, member]) => [name, walk(member, depth + 1)])
    return Object.fromEntries(members)
  }
  return { value: walk(value, 0), cut }
}
