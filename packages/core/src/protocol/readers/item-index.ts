import { isObject } from '../../base/json.ts'

/** A number that tells the items of a list apart; some servers write it as a text. `undefined` where it is neither. */
export function readIndex(index: unknown): number | undefined {
  if (typeof index === 'number') return index
  return typeof index === 'string' && /^\d{1,9}$/.test(index) ? Number(index) : undefined
}

/**
 * The numbers of the choices or candidates of one event. One that tells none has the lowest that no other has: some servers
 * leave out the number 0, and others all of them.
 */
export function indexesOf(items: readonly unknown[]): readonly number[] {
  const told = items.map((item) => (isObject(item) ? readIndex(item.index) : undefined))
  const taken = new Set(told)
  let lowest = 0
  return told.map((index) => {
    if (index !== undefined) return index
    while (taken.has(lowest)) lowest++
    return lowest++
  })
}
