import { isObject } from '../../base/json.ts'
import { ownMember, setMember } from '../../base/members.ts'

type Fields = { [name: string]: unknown }

/**
 * Folds one piece of a streamed message into what came before, in place. Members named in `pieces`
 * are texts that continue; other values replace what was there, but `null` and an empty text replace nothing. Objects
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
    } else if ((value !== null && value !== '') || before === undefined) {
      setMember(target, name, value)
    }
  }
}

function foldItems(items: unknown[], more: readonly unknown[], pieces: ReadonlySet<string>): void {
  for (const item of more) {
    const key = isObject(item) ? keyOf(item) : undefined
    if (!isObject(item) || key === undefined) {
      items.push(item)
      continue
    }
    const known = items.findLast((one) => isObject(one) && one[key] === item[key])
    if (isObject(known) && !isNewCall(item, known)) foldDelta(known, item, pieces)
    else {
      const into: Fields = {}
      foldDelta(into, item, pieces)
      items.push(into)
    }
  }
}

/** Some servers give all tool calls one index: an id and a name of its own begin another one. */
function isNewCall({ id, function: called }: Fields, known: Fields): boolean {
  if (typeof id !== 'string' || id === '' || id === known.id || !isObject(called)) return false
  return typeof called.name === 'string' && called.name !== '' && typeof known.id === 'string'
}

function keyOf(item: Fields): 'index' | 'id' | undefined {
  if (typeof item.index === 'number') return 'index'
  return typeof item.id === 'string' && item.id !== '' ? 'id' : undefined
}
