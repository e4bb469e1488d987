import { isObject, ownMember, setMember } from '../../base/json.ts'
import { foldBlocks, isWords, toBlocks } from './fold-blocks.ts'
import { continuedCall } from './fold-tool-calls.ts'
import { isCall, isText, type KnownItems, knownItems } from './known-items.ts'

type Fields = { [name: string]: unknown }

/**
 * Folds one piece of a streamed message into what came before, in place. Members named in `pieces`
 * are texts that continue, or lists of blocks, which may take turns: then the texts become blocks; other values
 * replace what was there, but `null` and an empty text replace nothing. Objects are folded member by
 * member. Items of lists say by `index`, or else by a textual `id`, which item they continue; tool
 * calls, which may arrive in parallel and interleaved, as `continuedCall` finds it; blocks of words go on in
 * the block before; other items are new ones. Nothing of `delta` is changed or kept to be changed later.
 */
export function foldDelta(target: Fields, delta: Fields, pieces: ReadonlySet<string>): void {
  for (const name of Object.keys(delta)) {
    const value = delta[name]
    const before = ownMember(target, name)
    const isPiece = typeof value === 'string' && pieces.has(name)
    if (isPiece && typeof before === 'string') setMember(target, name, before + value)
    else if (isPiece && Array.isArray(before)) foldBlocks(before, [value])
    else if (Array.isArray(value)) {
      const items = Array.isArray(before) || pieces.has(name) ? toBlocks(before) : []
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
  const list = knownItems(items)
  for (const item of more) {
    const known = isObject(item) ? continuedItem(list, item) : undefined
    if (known) {
      foldDelta(known, item as Fields, pieces)
      list.note(known, false)
    } else if (isWords(item) && keyOf(item as Fields) === undefined) foldBlocks(items, [item])
    else {
      const own = isObject(item) ? foldedAlone(item, pieces) : item
      items.push(own)
      list.note(own, true)
    }
  }
}

function continuedItem(items: KnownItems, item: Fields): Fields | undefined {
  if (isCall(item)) return continuedCall(items, item)
  const key = keyOf(item)
  return key === undefined ? undefined : items.itemOf(key)
}

/** A copy that is the fold's own. */
function foldedAlone(item: Fields, pieces: ReadonlySet<string>): Fields {
  const own: Fields = {}
  foldDelta(own, item, pieces)
  return own
}

function keyOf({ index, id }: Fields): number | string | undefined {
  if (typeof index === 'number') return index
  return isText(id) ? id : undefined
}
