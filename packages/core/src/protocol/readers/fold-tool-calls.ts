import { isObject } from '../../base/json.ts'
import { readIndex } from './item-index.ts'
import { isText, type KnownItems } from './known-items.ts'
import { addArguments, areWhole } from './whole-arguments.ts'

type Fields = { [name: string]: unknown }

/**
 * The call that a piece continues, among those that came before; `undefined` where it begins one. Servers
 * number their calls, or give all the same number or none; they tell an id once, each time, as an
 * empty text or never. What begins a call is a name: one that comes with another id or is another
 * than that of the call before, or that comes when the arguments of that call are whole.
 */
export function continuedCall(items: KnownItems, piece: Fields): Fields | undefined {
  const known = candidate(items, piece)
  if (known === undefined || begins(piece, known)) return undefined
  addArguments(innerOf(known), argumentsOf(piece))
  return known
}

function candidate(items: KnownItems, piece: Fields): Fields | undefined {
  const { id } = piece
  const index = readIndex(piece.index)
  if (index !== undefined) return items.callOf(index)
  if (!isText(id)) return items.lastCall
  // An id may come late, with the arguments of a call that had none.
  return items.callOf(id) ?? (nameOf(piece) === undefined ? items.callWithoutId() : undefined)
}

function begins(piece: Fields, known: Fields): boolean {
  const name = nameOf(piece)
  const hasOtherId = isText(piece.id) && isText(known.id) && piece.id !== known.id
  const isNext = startsWhole(argumentsOf(piece)) && areWhole(innerOf(known), argumentsOf(known))
  if (name === undefined) return isNext && !(isText(piece.id) && piece.id === known.id)
  if (hasOtherId) return true
  const before = nameOf(known)
  if (isText(piece.id) && piece.id === known.id) return false
  return (before !== undefined && name !== before) || isNext
}

function startsWhole(text: unknown): boolean {
  return isObject(text) || (typeof text === 'string' && text.trimStart().startsWith('{'))
}

function argumentsOf(call: Fields): unknown {
  const { arguments: given, input } = innerOf(call)
  return given ?? input
}

function nameOf(call: Fields): string | undefined {
  const { name } = innerOf(call)
  return isText(name) ? name : undefined
}

function innerOf({ function: called, custom }: Fields): Fields {
  if (isObject(called)) return called
  return isObject(custom) ? custom : {}
}
