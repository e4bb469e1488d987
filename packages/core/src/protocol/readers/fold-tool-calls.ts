import { isObject } from '../../base/json.ts'
import { readIndex } from './item-index.ts'

type Fields = { [name: string]: unknown }

/** Whether an item of a list is a piece of a tool call, as OpenAI and those of its kind stream them. */
export function isCall(item: Fields): boolean {
  return isObject(item.function) || isObject(item.custom)
}

/**
 * The call that a piece continues, among those that came before; `undefined` where it begins one. Servers
 * number their calls, or give all the same number or none; they tell an id once, each time, as an
 * empty text or never. What begins a call is a name: one that comes with another id or is another
 * than that of the call before, or that comes when the arguments of that call are whole.
 */
export function continuedCall(items: readonly unknown[], piece: Fields): Fields | undefined {
  const known = candidate(items, piece)
  return known && !begins(piece, known) ? known : undefined
}

function candidate(items: readonly unknown[], piece: Fields): Fields | undefined {
  const last = (isMeant: (call: Fields) => boolean) =>
    items.findLast((item): item is Fields => isObject(item) && isMeant(item) && isCall(item))
  const { id } = piece
  const index = readIndex(piece.index)
  if (index !== undefined) return last((call) => readIndex(call.index) === index)
  if (!isText(id)) return last(() => true)
  const known = last((call) => call.id === id)
  // An id may come late, with the arguments of a call that had none.
  return known ?? (nameOf(piece) === undefined ? last((call) => !isText(call.id)) : undefined)
}

function begins(piece: Fields, known: Fields): boolean {
  const name = nameOf(piece)
  const hasOtherId = isText(piece.id) && isText(known.id) && piece.id !== known.id
  const isNext = isWhole(argumentsOf(known)) && startsWhole(argumentsOf(piece))
  if (name === undefined) return isNext && !(isText(piece.id) && piece.id === known.id)
  if (hasOtherId) return true
  const before = nameOf(known)
  if (isText(piece.id) && piece.id === known.id) return false
  return (before !== undefined && name !== before) || isNext
}

/** Whether arguments are a whole object; a piece behind them is then no part of them. */
function isWhole(text: unknown): boolean {
  if (isObject(text)) return true
  if (typeof text !== 'string' || !text.trimEnd().endsWith('}')) return false
  try {
    return isObject(JSON.parse(text))
  } catch {
    return false
  }
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

function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
