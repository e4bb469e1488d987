import { isObject, setMember } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import { notJsonIn, toData } from '../base/plain-data.ts'
import type { Hash } from '../base/sha256.ts'
import { digestMedia, type MediaPart } from './digest-media.ts'
import { type KeySide, withoutKeys } from './fields/keys.ts'
import { typeOfError } from './outcome.ts'
import type { Alteration } from './record.ts'
import type { Content } from './sealed-record.ts'

/** What a record keeps of its contents. */
export interface ContentLimits {
  /** Largest content in UTF-16 code units; what is over it is cut off and marked. */
  readonly maxLength: number
  /** Whether the bytes of images, sounds and files are kept, or their digests alone. */
  readonly media: 'digest' | 'keep'
  /** SHA-256 of media; the portable one, which is slow, unless given. */
  readonly sha256?: Hash | undefined
}

/** Makes the contents of one record and notes what could not be kept as it was given. */
export class ContentWriter {
  readonly contents: Content[] = []
  readonly altered: Alteration[] = []
  readonly #limits: ContentLimits
  #mediaLeft: number

  /** @param mostMedia How many media it may keep the bytes of. */
  constructor(limits: ContentLimits, mostMedia: number) {
    this.#limits = limits
    this.#mediaLeft = limits.media === 'keep' ? mostMedia : 0
  }

  /**
   * Adds `value` as JSON, or as plain text where it is a string. Media in it are replaced by
   * references. `undefined` adds nothing.
   */
  add(name: string, value: unknown): void {
    if (value === undefined) return
    if (typeof value === 'string') this.addText(name, value)
    else {
      this.#push(name, 'application/json', this.#toJson(name, this.#withoutMedia(name, value)))
    }
  }

  /** Adds `value` as JSON without looking for media: per-token lists are long and have none. */
  addNumbers(name: string, value: unknown): void {
    if (value !== undefined) this.#push(name, 'application/json', this.#toJson(name, value))
  }

  /** Adds plain text; lone surrogates, which UTF-8 cannot hold, become U+FFFD and are marked. */
  addText(name: string, text: string): void {
    if (!text.isWellFormed()) {
      this.#alter(name, 'replaced', { reason: 'lone surrogate' })
    }
    this.#push(name, 'text/plain', text.toWellFormed())
  }

  /**
   * A value without the keys in it, which are never kept; each is marked as erased where it stood. What cannot
   * be read is given back as it is: serialising meets it again.
   */
  withoutKeys(name: string, value: unknown, side: KeySide = 'request'): unknown {
    if (value === undefined) return undefined
    try {
      return withoutKeys(value, side, (pointer) =>
        this.altered.push({ pointer: `/${name}${pointer}`, what: 'erased', reason: 'key' })
      )
    } catch {
      return value
    }
  }

  /** References in place of media; their bytes become contents of their own where they are kept. */
  #withoutMedia(name: string, value: unknown): unknown {
    if (typeof value !== 'object' || value === null) return value
    try {
      const found = digestMedia(name, value, this.#limits.sha256)
      const kept = new Set<string>()
      for (const part of found.media) {
        if (this.#keepMedia(part)) for (const pointer of part.pointers) kept.add(pointer)
      }
      for (const mark of found.altered) {
        this.altered.push(kept.has(mark.pointer) ? { ...mark, what: 'moved' } : mark)
      }
      return found.value
    } catch {
      // A member that cannot be read; serialising meets it again and marks it.
      return value
    }
  }

  /** Makes bytes a content of their own, where they are to be kept and there is room for one more. */
  #keepMedia({ sha256, type = 'application/octet-stream', body }: MediaPart): boolean {
    const name = `media.${sha256}`
    if (this.contents.some((one) => one.name === name)) return true
    if (this.#mediaLeft === 0) return false
    this.#mediaLeft--
    // A copy: the application may change its bytes before they are stored.
    this.#push(name, type, body.slice())
    return true
  }

  #push(name: string, type: string, body: string | Uint8Array): void {
    if (body.length <= this.#limits.maxLength) {
      this.contents.push({ name, type, body })
      return
    }
    this.#alter(name, 'truncated', { bytes: sizeOf(body) })
    const cut = body.slice(0, this.#limits.maxLength)
    // JSON that was cut is JSON no more.
    const kept = type === 'application/json' ? 'text/plain' : type
    this.contents.push({
      name,
      type: kept,
      body: typeof cut === 'string' ? cut.toWellFormed() : cut
    })
  }

  /** JSON of a value; what it has no form for is replaced, and one mark of the content says so. */
  #toJson(name: string, value: unknown): string {
    try {
      const odd = notJsonIn(value)
      if (odd === undefined) return stringify(value) ?? 'null'
      this.#alter(name, 'replaced', { reason: `not JSON: ${odd}` })
    } catch (cause) {
      // Its message may be of the application's own `toJSON`.
      const type = typeOfError(cause)
      this.#alter(name, 'replaced', { reason: `not JSON: ${type}` })
      // Half of them would be taken for all.
      if (name === 'settings' || name === 'details') return stringify(`[unreadable: ${type}]`)
    }
    return stringify(toData(value)) ?? 'null'
  }

  #alter(name: string, what: Alteration['what'], more: Partial<Alteration>): void {
    this.altered.push({ pointer: `/${name}`, what, ...more })
  }
}

function sizeOf(body: string | Uint8Array): number {
  return typeof body === 'string' ? new TextEncoder().encode(body).length : body.length
}

/**
 * A copy of `value` that canonical JSON can hold, for fields of the header: lone surrogates
 * become U+FFFD, numbers that JSON lacks become text, cycles are cut. Returns the value itself
 * when nothing had to change.
 */
export function toPlain(value: unknown): unknown {
  if (typeof value === 'string') return value.isWellFormed() ? value : value.toWellFormed()
  if (value === null || typeof value === 'boolean') return value
  if (typeof value === 'number') return Number.isFinite(value) ? value : String(value)
  const text = stringify(toData(value)) ?? 'null'
  const plain: unknown = parse(text, wellFormed)
  // What cannot be read at all keeps its kind, which the schema asks for.
  if (typeof plain === 'object' || typeof value !== 'object') return plain
  return isObject(value) ? { unreadable: plain } : [plain]
}

/** A text without lone surrogates, or an object without them in its names, for `parse`. */
function wellFormed(_key: string, value: unknown): unknown {
  if (typeof value === 'string') return value.toWellFormed()
  if (!isObject(value) || Object.keys(value).every((name) => name.isWellFormed())) return value
  const named: { [name: string]: unknown } = {}
  for (const [name, member] of Object.entries(value)) setMember(named, name.toWellFormed(), member)
  return named
}
