import { isObject } from './json.ts'
import { ownMember, setMember } from './members.ts'

type Fields = { [name: string]: unknown }

/**
 * Folds one piece of a streamed message into what came before, in place. Members named in `pieces`
 * are texts that continue; other values replace what was there, but `null` replaces nothing. Objects
 * are folded member by member. Items of lists say by `index`, or else by a textual `id`, which item
 * they continue, so that tool calls may arrive in parallel and interleaved; items without either
 * are new ones. Nothing of `delta` is changed or kept to be changed later.
 */
export function foldDelta(target: Fields, delta: Fields, pieces: ReadonlySet<string>): void {
  for (const name in delta) {
    const value = delta[name]
    const before = ownMember(target, name)
    if (typeof value === 'string' && typeof before === 'string' && pieces.has(name)) {
      setMember(target, name, before + value)
    } else if (Array.isArray(value)) {
      const items = Array.isArray(before) ? before : []
      foldItems(items, value, pieces)
      setMember(target, name, items)
    } else if (isObject(value)) {
      const into: Fields = isObject(before) ? before : {}
      foldDelta(into, value, pieces)
      setMember(target, name, into)
    } else if (value !== null || before === undefined) setMember(target, name, value)
  }
}

function foldItems(items: unknown[], more: readonly unknown[], pieces: ReadonlySet<string>): void {
  for (const item of more) {
    const key = isObject(item) ? keyOf(item) : undefined
    if (!isObject(item) || key === undefined) {
      items.push(item)
      continue
    }
    const known = items.find((one) => isObject(one) && one[key] === item[key])
    if (isObject(known)) foldDelta(known, item, pieces)
    else {
      const into: Fields = {}
      foldDelta(into, item, pieces)
      items.push(into)
    }
  }
}

function keyOf(item: Fields): 'index' | 'id' | undefined {
  if (typeof item.index === 'number') return 'index'
  return typeof item.id === 'string' && item.id !== '' ? 'id' : undefined
}
