import { isObject } from '@slm-audit/core'

/** Members whose texts are no text that goes on: digests, and words for how far something is. */
const CHANGING = new Set(['media', 'status'])

/**
 * Whether a value may have grown into `whole`: texts go on, lists get more items, objects more members.
 * Numbers and what else is no text may change.
 */
export function isBeginning(value: unknown, whole: unknown): boolean {
  if (typeof value === 'string' && typeof whole === 'string') return whole.startsWith(value)
  if (Array.isArray(value) && Array.isArray(whole)) {
    return value.length <= whole.length && value.every((item, at) => isBeginning(item, whole[at]))
  }
  if (isObject(value) && isObject(whole)) {
    return Object.entries(value).every(
      ([name, member]) => CHANGING.has(name) || isBeginning(member, whole[name])
    )
  }
  return true
}
