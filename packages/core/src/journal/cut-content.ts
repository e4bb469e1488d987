import type { Content } from '../record/sealed-record.ts'

/** A content that is cut into parts, which `joinParts` puts together again. */
export interface Cut {
  /**
   * Absent where the pieces are the items of a JSON array. Otherwise the first piece is the content
   * without the others, which belong in it behind so many bytes.
   */
  readonly at?: number
  readonly pieces: readonly (string | Uint8Array)[]
}

/** Contents that calls of one conversation repeat with something behind, and those that they repeat as they are. */
const GROWING = /^(input|tools)$/
const SAME = /^(tools|settings|media\..*)$/
/** Smaller contents than these are not worth a part of their own, in UTF-16 code units or bytes. */
const LEAST_ALONE = 256
/** Lists of more items, or of smaller ones on average, are data: they stay whole. */
const MOST_ITEMS = 4_096
const LEAST_ITEM = 24
/** How deep a list is looked for. */
const DEPTH = 3
/** Where there is no JSON. */
const NONE = -1

const encoder = new TextEncoder()

/**
 * Cuts a content that a conversation repeats into parts: a list of objects, such as messages or
 * tools, into its items, wherever it stands in the content; others of some size into one part.
 * `undefined` for what stays whole. The parts' bytes are the content's: nothing is parsed.
 */
export function cutContent({ name, type, body }: Content): Cut | undefined {
  if (GROWING.test(name) && type === 'application/json' && typeof body === 'string') {
    const list = listIn(body)
    if (list && isWorthCutting(list)) return cutAt(body, list)
  }
  return SAME.test(name) && body.length >= LEAST_ALONE ? { at: 0, pieces: [body] } : undefined
}

/** A list of objects in a text: where it begins and ends, and where each item ends. */
interface List {
  readonly start: number
  readonly end: number
  readonly ends: readonly number[]
}

function isWorthCutting({ start, end, ends }: List): boolean {
  return ends.length <= MOST_ITEMS && (end - start) / ends.length >= LEAST_ITEM
}

function cutAt(text: string, { start, end, ends }: List): Cut {
  let from = start + 1
  const pieces = ends.map((to) => {
    const piece = text.slice(from, to)
    from = to + 1
    return piece
  })
  if (start === 0 && end === text.length) return { pieces }
  const before = text.slice(0, start + 1)
  return { at: encoder.encode(before).length, pieces: [before + text.slice(end - 1), ...pieces] }
}

/** The longest list of objects in a JSON text without space around it. */
function listIn(text: string): List | undefined {
  const finder = new ListFinder(text)
  return finder.value(0, 0) === text.length ? finder.found : undefined
}

const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const BACKSLASH = 0x5c
const OPEN_ARRAY = 0x5b
const CLOSE_ARRAY = 0x5d
const OPEN_OBJECT = 0x7b
const CLOSE_OBJECT = 0x7d

/** Goes through a JSON text, by its brackets and strings alone. Methods give the end of what they pass, or NONE. */
class ListFinder {
  found: List | undefined
  readonly #text: string

  constructor(text: string) {
    this.#text = text
  }

  value(at: number, depth: number): number {
    const first = this.#text.charCodeAt(at)
    if (depth >= DEPTH) return this.#skip(at)
    if (first === OPEN_OBJECT) return this.#object(at, depth)
    return first === OPEN_ARRAY ? this.#array(at, depth) : this.#skip(at)
  }

  #object(start: number, depth: number): number {
    let at = start + 1
    if (this.#text.charCodeAt(at) === CLOSE_OBJECT) return at + 1
    for (;;) {
      at = this.#string(at)
      if (this.#text.charCodeAt(at) !== COLON) return NONE
      at = this.value(at + 1, depth + 1)
      const next = this.#text.charCodeAt(at)
      if (next === CLOSE_OBJECT) return at + 1
      if (next !== COMMA) return NONE
      at++
    }
  }

  /** An array of objects is taken as a list, others are looked into. */
  #array(start: number, depth: number): number {
    let at = start + 1
    if (this.#text.charCodeAt(at) === CLOSE_ARRAY) return at + 1
    const ends: number[] = []
    let areObjects = true
    for (;;) {
      areObjects &&= this.#text.charCodeAt(at) === OPEN_OBJECT
      at = areObjects ? this.#skip(at) : this.value(at, depth + 1)
      ends.push(at)
      const next = this.#text.charCodeAt(at)
      if (next !== COMMA && next !== CLOSE_ARRAY) return NONE
      at++
      if (next === CLOSE_ARRAY) break
    }
    const longest = this.found ? this.found.end - this.found.start : 0
    if (areObjects && at - start > longest) this.found = { start, end: at, ends }
    return at
  }

  #skip(start: number): number {
    let depth = 0
    for (let at = start; ; ) {
      const code = this.#text.charCodeAt(at)
      if (code === QUOTE) at = this.#string(at)
      else if (code === OPEN_ARRAY || code === OPEN_OBJECT) {
        depth++
        at++
      } else if (code === CLOSE_ARRAY || code === CLOSE_OBJECT) {
        if (depth === 0) return at
        depth--
        at++
      } else if (code === COMMA && depth === 0) return at
      else if (code >= 0) at++
      else return depth === 0 ? at : NONE
      if (at === NONE) return NONE
      if (depth === 0 && this.#isClosed(at)) return at
    }
  }

  /** Whether a string, array or object has just ended, so that nothing more of the value can follow. */
  #isClosed(at: number): boolean {
    const before = this.#text.charCodeAt(at - 1)
    return before === QUOTE || before === CLOSE_ARRAY || before === CLOSE_OBJECT
  }

  #string(start: number): number {
    if (this.#text.charCodeAt(start) !== QUOTE) return NONE
    for (let at = start + 1; ; at++) {
      at = this.#text.indexOf('"', at)
      if (at === NONE) return NONE
      let before = at
      while (this.#text.charCodeAt(before - 1) === BACKSLASH) before--
      if ((at - before) % 2 === 0) return at + 1
    }
  }
}
