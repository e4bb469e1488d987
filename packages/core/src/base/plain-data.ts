import { toJsonOf } from './json-text.ts'

/** Deepest that a value is copied. */
const DEEPEST = 200
/** Most objects that are looked at. */
const MOST_SEEN = 1_000_000
/** Most objects that one copy has. */
const MOST_COPIED = 200_000
const TOO_MUCH = 'more than can be kept'
const MORE = '[more]'

/** Classes whose members are read by iterating, by the tag that also objects of other realms have. */
const PAIRS = /^\[object (Map|URLSearchParams|Headers|FormData)\]$/
const SET = '[object Set]'
const ERROR = /^\[object (Error|DOMException)\]$/

/**
 * What of a value JSON would lose without a word, or refuse: the kind of the first such thing, for instance `bigint`, `Map`,
 * `Error`, `NaN`; `undefined` where JSON holds all of it. Code, symbols and bytes do not count. Throws what a
 * member throws.
 */
export function notJsonIn(value: unknown): string | undefined {
  return new Look().at(value, 0)
}

class Look {
  #left = MOST_SEEN

  at(value: unknown, depth: number): string | undefined {
    if (typeof value === 'number') return Number.isFinite(value) ? undefined : String(value)
    if (typeof value === 'bigint') return 'bigint'
    if (typeof value !== 'object' || value === null) return undefined
    if (depth > DEEPEST || this.#left-- <= 0) return TOO_MUCH
    if (Array.isArray(value)) {
      for (const item of value) {
        const found = this.at(item, depth + 1)
        if (found !== undefined) return found
      }
      return undefined
    }
    if (isBytes(value) || toJsonOf(value)) return undefined
    const kind = kindOf(value)
    if (kind !== undefined) return kind
    for (const name of Object.keys(value)) {
      const found = this.at((value as Members)[name], depth + 1)
      if (found !== undefined) return found
    }
    return undefined
  }
}

/**
 * A copy of a value that JSON holds whole: what it has no form for becomes text, maps and sets become lists, errors objects
 * with their words. What repeats itself, cannot be read, or is more than can be kept leaves a word in brackets.
 * Never throws.
 */
export function toData(value: unknown): unknown {
  return new Copy().of(value, 0)
}

class Copy {
  readonly #above = new Set<object>()
  #left = MOST_COPIED

  of(value: unknown, depth: number): unknown {
    if (typeof value === 'bigint') return value.toString()
    if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
    // Code says nothing; a `toJSON` that fails is not to be called again.
    if (typeof value === 'function') return undefined
    if (typeof value !== 'object' || value === null) return value
    if (this.#above.has(value)) return '[Circular]'
    if (depth > DEEPEST || this.#left-- <= 0) return MORE
    this.#above.add(value)
    try {
      return this.#inside(value, depth + 1)
    } catch {
      return '[unreadable]'
    } finally {
      this.#above.delete(value)
    }
  }

  #inside(value: object, depth: number): unknown {
    if (Array.isArray(value)) return this.#items(value, depth)
    if (isBytes(value)) return `[${value.byteLength} bytes]`
    const own = jsonOf(value)
    if (own) return this.of(own.value, depth)
    const kind = kindOf(value)
    const tag = Object.prototype.toString.call(value)
    if (PAIRS.test(tag) || tag === SET) {
      return this.#items([...(value as Iterable<unknown>)], depth)
    }
    if (ERROR.test(tag)) return { ...this.#words(value, depth), ...this.#members(value, depth) }
    return kind === undefined ? this.#members(value, depth) : String(value)
  }

  #items(list: readonly unknown[], depth: number): readonly unknown[] {
    const items: unknown[] = []
    for (let at = 0; at < list.length; at++) {
      if (this.#left <= 0) return [...items, MORE]
      items.push(this.#member(list, String(at), depth))
    }
    return items
  }

  #members(value: object, depth: number): Members {
    const names = Object.keys(value)
    return Object.fromEntries(names.map((name) => [name, this.#member(value, name, depth)]))
  }

  /** What an error says, which is in no member that JSON would see. */
  #words(error: object, depth: number): Members {
    const names = ['name', 'message', 'code', 'cause', 'errors'].filter((name) => name in error)
    return Object.fromEntries(names.map((name) => [name, this.#member(error, name, depth)]))
  }

  /** Each member by itself, so that one that throws costs no other. */
  #member(value: object, name: string, depth: number): unknown {
    try {
      return this.of(Reflect.get(value, name), depth)
    } catch {
      return '[unreadable]'
    }
  }
}

type Members = { readonly [name: string]: unknown }

/** The class of an object that has something to say and no member that says it. */
function kindOf(value: object): string | undefined {
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype === Object.prototype || prototype === null) return undefined
  const tag = Object.prototype.toString.call(value)
  if (tag === '[object Object]') return undefined
  if (PAIRS.test(tag) || tag === SET || ERROR.test(tag)) return tag.slice(8, -1)
  return Object.keys(value).length === 0 ? tag.slice(8, -1) : undefined
}

function isBytes(value: object): value is ArrayBuffer | ArrayBufferView {
  return value instanceof ArrayBuffer || ArrayBuffer.isView(value)
}

/** What a value says it is in JSON; nothing where it does not, or fails. */
function jsonOf(value: object): { readonly value: unknown } | undefined {
  try {
    const toJson = toJsonOf(value)
    return toJson && { value: toJson() }
  } catch {
    return undefined
  }
}
