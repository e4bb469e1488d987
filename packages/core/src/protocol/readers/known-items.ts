import { isObject } from '../../base/json.ts'
import { readIndex } from './item-index.ts'

type Fields = { [name: string]: unknown }

/** Whether an item of a list is a piece of a tool call, as OpenAI and those of its kind stream them. */
export function isCall(item: Fields): boolean {
  return isObject(item.function) || isObject(item.custom)
}

/**
 * The items of a list that grows, by what tells them apart: a list may have many, and is not to be searched for each piece.
 */
export class KnownItems {
  readonly #items = new Map<unknown, Fields>()
  readonly #calls = new Map<unknown, Fields>()
  /** The calls that had no id when they were noted, in order. */
  readonly #withoutId: Fields[] = []
  /** The call that stands last. */
  lastCall: Fields | undefined

  /** Notes an item that was added, or changed by a piece. */
  note(item: unknown, isNew: boolean): void {
    if (!isObject(item)) return
    const { id } = item
    const index = readIndex(item.index)
    if (typeof item.index === 'number') this.#items.set(item.index, item)
    if (isText(id)) this.#items.set(id, item)
    if (!isCall(item)) return
    if (index !== undefined) this.#calls.set(index, item)
    if (isText(id)) this.#calls.set(id, item)
    if (!isNew) return
    this.lastCall = item
    if (!isText(id)) this.#withoutId.push(item)
  }

  /** The last item of this number or id. */
  itemOf(key: number | string): Fields | undefined {
    return this.#items.get(key)
  }

  /** The last call of this number or id. */
  callOf(key: number | string): Fields | undefined {
    return this.#calls.get(key)
  }

  /** The last call that has no id by now. */
  callWithoutId(): Fields | undefined {
    while (isText(this.#withoutId.at(-1)?.id)) this.#withoutId.pop()
    return this.#withoutId.at(-1)
  }
}

const lists = new WeakMap<readonly unknown[], KnownItems>()

/** What is known of a list's items; whoever adds to the list or changes an item notes it there. */
export function knownItems(items: readonly unknown[]): KnownItems {
  const known = lists.get(items)
  if (known) return known
  const made = new KnownItems()
  for (const item of items) made.note(item, true)
  lists.set(items, made)
  return made
}

/** Whether an id is one: servers also give an empty text. */
export function isText(value: unknown): value is string {
  return typeof value === 'string' && value !== ''
}
