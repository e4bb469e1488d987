import { isObject } from '../../base/json.ts'
import { textOf } from '../../protocol/readers/text-of.ts'
import { asChat } from '../as-chat.ts'

/** A message of a conversation as it is shown. */
export interface ShownMessage {
  /** `system`, `user`, `assistant`, `tool`, or what the provider calls it; absent where nothing says it. */
  readonly role?: string
  /** Its words. */
  readonly text: string
}

/** The messages that a content is; of one that is no conversation its words, or its JSON. */
export function messagesIn(content: unknown): ShownMessage[] {
  if (content === undefined) return []
  const value = asChat(content)
  const list = isObject(value) && Array.isArray(value.messages) ? value.messages : value
  const all: readonly unknown[] = Array.isArray(list) && list.some(isObject) ? list : [value]
  return all.flatMap((message) => {
    const words = textOf(message)
    const text = words === '' && all.length === 1 ? (JSON.stringify(message) ?? '') : words
    const role = isObject(message) && typeof message.role === 'string' ? message.role : undefined
    return text === '' ? [] : [{ ...(role !== undefined && { role }), text }]
  })
}

/** Conversations that are remembered, for what goes on with one of them. */
const MOST_KNOWN = 16

/** What a call says that no call before it had said. */
export interface Turn {
  /** Messages of the request. */
  readonly asked: readonly ShownMessage[]
  /** Messages of the answer. */
  readonly answered: readonly ShownMessage[]
  /** How many messages of the request were said before: it goes on with an earlier conversation. */
  readonly folded: number
}

/** Folds what the calls of a session repeat, call by call. */
export class TurnFolding {
  readonly #known: (readonly ShownMessage[])[] = []

  /** The next call, in the order in which they began. */
  next(input: unknown, output: unknown): Turn {
    const messages = messagesIn(input)
    const answered = messagesIn(output)
    const repeated = Math.max(0, ...this.#known.map((known) => saidBefore(known, messages)))
    // What is asked last is asked now, also where the same was asked before.
    const isAsked = messages.length > 0 && messages.at(-1)?.role !== 'assistant'
    const folded = Math.min(repeated, messages.length - (isAsked ? 1 : 0))
    this.#known.unshift([...messages, ...answered])
    this.#known.splice(MOST_KNOWN)
    return { asked: messages.slice(folded), answered, folded }
  }
}

/** How many messages at the beginning were said in a conversation: from its beginning on, or, of a window, to its end. */
function saidBefore(known: readonly ShownMessage[], messages: readonly ShownMessage[]): number {
  const begun = sameFrom(known, 0, messages, 0)
  return begun + overlap(known, messages, begun)
}

/** One message may be said again by chance; a question with its answer is a window. */
const LEAST_WINDOW = 2

/** How many messages end one list and stand in the other one from a place on; both are the same before it. */
function overlap(
  known: readonly ShownMessage[],
  messages: readonly ShownMessage[],
  begun: number
): number {
  for (let at = begun; known.length - at >= LEAST_WINDOW; at++) {
    const left = known.length - at
    if (left <= messages.length - begun && sameFrom(known, at, messages, begun) === left)
      return left
  }
  return 0
}

/** How many messages of one list, from a place on, are those of another one from a place of its own. */
function sameFrom(
  known: readonly ShownMessage[],
  at: number,
  messages: readonly ShownMessage[],
  from: number
): number {
  let length = 0
  while (
    from + length < messages.length &&
    known[at + length]?.text === messages[from + length]?.text
  ) {
    length++
  }
  return length
}
