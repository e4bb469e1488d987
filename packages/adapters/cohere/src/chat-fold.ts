import { foldDelta, growList, isObject } from '@slm-audit/core/adapter'

type Fields = { [name: string]: unknown }

/** The events of a streamed answer, folded into the body that comes in one piece. */
export type ChatFold = Fields

/** Texts that come in pieces. */
const PIECES = new Set(['text', 'thinking', 'arguments', 'tool_plan'])

/** Members of a message that are lists, of which an event has one item, at the event's index. */
const LISTS = ['content', 'tool_calls', 'citations']

/** Folds one event; what it does not know is kept under its name. */
export function stepChat(fold: ChatFold, event: unknown): ChatFold {
  if (!isObject(event)) return fold
  const { type: _type, index, delta, logprobs, ...rest } = event
  const { message, ...more } = isObject(delta) ? delta : {}
  foldDelta(fold, { ...rest, ...more }, PIECES)
  if (isObject(logprobs)) growList(fold, 'logprobs', [logprobs])
  if (isObject(message)) {
    const into: Fields = isObject(fold.message) ? fold.message : {}
    foldDelta(into, pieceOf(message, index), PIECES)
    fold.message = into
  }
  return fold
}

/** The body that the events add up to. */
export function finishChat(fold: ChatFold): Fields {
  const { message } = fold
  if (!isObject(message)) return fold
  const whole = Object.entries(message).map(([name, value]) => [
    name,
    LISTS.includes(name) && Array.isArray(value) ? value.map(withoutIndex) : value
  ])
  return { ...fold, message: Object.fromEntries(whole) }
}

/** What an event says of the message, its one item of a list as a list. */
function pieceOf(message: Fields, index: unknown): Fields {
  const at = typeof index === 'number' ? { index } : {}
  return Object.fromEntries(
    Object.entries(message).map(([name, value]) => [
      name,
      LISTS.includes(name) && isObject(value) ? [{ ...at, ...value }] : value
    ])
  )
}

/** Only the events number the items. */
function withoutIndex(item: unknown): unknown {
  if (!isObject(item)) return item
  const { index: _index, ...rest } = item
  return rest
}
