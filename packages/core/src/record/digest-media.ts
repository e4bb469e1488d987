import { decodeBase64 } from '../base/base64.ts'
import { toHex } from '../base/hex.ts'
import { setMember } from '../base/json.ts'
import { toJsonOf } from '../base/json-text.ts'
import { type Hash, sha256 } from '../base/sha256.ts'
import type { Alteration } from './record.ts'

/** Bytes that were found in a value. */
export interface MediaPart {
  /** In lower-case hexadecimal. */
  readonly sha256: string
  /** Media type, where the value says it. */
  readonly type?: string
  /** The bytes that were found, decoded. */
  readonly body: Uint8Array
  /** Where its references stand: JSON Pointers. */
  readonly pointers: readonly string[]
}

/** A value without its media. */
export interface DigestedMedia {
  /** The value itself when nothing was found, else a copy with references in place of media. */
  readonly value: unknown
  /** What was found, each different file once. */
  readonly media: readonly MediaPart[]
  /** Where the references stand. */
  readonly altered: readonly Alteration[]
}

type Fields = { readonly [name: string]: unknown }

const DATA_URL = /^data:([\w.+-]+\/[\w.+-]+)?(?:;[\w.+-]+=[^;,]*)*;base64,/
const BASE64 = /^[A-Za-z0-9+/_-]+={0,2}$/
/** What people and models write is never taken for media. */
const TEXT_FIELDS = new Set([
  'text',
  'content',
  'prompt',
  'role',
  'thinking',
  'signature',
  'arguments'
])
/** Members that are base64 wherever they stand; Ollama's and llama.cpp's are lists of it. */
const BASE64_FIELDS = new Set([
  'b64_json',
  'partial_image_b64',
  'image_b64',
  'images',
  'multimodal_data'
])
/** Members that are base64 where a neighbour says what they are. */
const TYPED_BASE64_FIELDS = new Set(['data', 'bytes', 'blob', 'image', 'audio', 'result'])
const MEDIA_TYPES =
  /^(base64|media|image|audio|video|file|document|input_audio|image_generation_call)$/
const DEPTH = 16
const MAX_MARKS = 32
/** Objects that the quick look visits. */
const SCANNED = 10_000

/**
 * Finds images, sounds and files in a value: data URLs, base64 in the members where providers put
 * it, and bytes (`ArrayBuffer`, typed arrays). Each becomes `{ media: { sha256, bytes, type } }`
 * in a copy; the value is not changed. Base64 is decoded, so the digest is that of the file.
 * `name` is the content's, for the JSON Pointers of what was altered.
 */
export function digestMedia(name: string, value: unknown, hash: Hash = sha256): DigestedMedia {
  if (!mayHoldMedia(value, '', { left: SCANNED }, 0)) return { value, media: [], altered: [] }
  const finder = new Finder(hash)
  const found = finder.visit(value, `/${name}`, '', undefined, 0)
  return { value: found, media: finder.media, altered: finder.marks(name) }
}

/**
 * A quick look that makes nothing: most contents have no media. What is too large or too deep to
 * tell may hold some.
 */
function mayHoldMedia(
  value: unknown,
  key: string,
  budget: { left: number },
  depth: number
): boolean {
  if (typeof value === 'string') {
    return isMediaMember(key) || (value.startsWith('data:') && !TEXT_FIELDS.has(key))
  }
  if (typeof value !== 'object' || value === null) return false
  if (budget.left-- <= 0 || depth > DEPTH) return true
  if (Array.isArray(value)) {
    return value.some((item) => mayHoldMedia(item, key, budget, depth + 1))
  }
  if (value instanceof ArrayBuffer || ArrayBuffer.isView(value)) return true
  for (const name of Object.keys(value)) {
    const member = (value as Fields)[name]
    if (typeof member !== 'string' && typeof member !== 'object') continue
    if (mayHoldMedia(member, name, budget, depth + 1)) return true
  }
  return false
}

function isMediaMember(key: string): boolean {
  return TYPED_BASE64_FIELDS.has(key) || BASE64_FIELDS.has(key)
}

class Finder {
  readonly media: (MediaPart & { readonly pointers: string[] })[] = []
  readonly #altered: Alteration[] = []
  readonly #seen = new Map<object, unknown>()
  readonly #hash: Hash

  constructor(hash: Hash) {
    this.#hash = hash
  }

  marks(name: string): Alteration[] {
    const more = this.#altered.length - MAX_MARKS
    if (more <= 0) return this.#altered
    const rest: Alteration = { pointer: `/${name}`, what: 'digested', reason: `${more} more` }
    return [...this.#altered.slice(0, MAX_MARKS), rest]
  }

  visit(
    value: unknown,
    pointer: string,
    key: string,
    around: Fields | undefined,
    depth: number
  ): unknown {
    if (typeof value === 'string') {
      const part = readText(value, key, around)
      return part ? this.#reference(part.body, part.type, pointer) : value
    }
    if (typeof value !== 'object' || value === null || depth > DEPTH) return value
    const bytes = bytesOf(value)
    if (bytes) return this.#reference(bytes, typeBeside(around), pointer)
    const known = this.#seen.get(value)
    if (known !== undefined) return known
    this.#seen.set(value, value)
    if (toJsonOf(value)) return value
    const copy = Array.isArray(value)
      ? this.#visitList(value, pointer, key, around, depth)
      : this.#visitMembers(value as Fields, pointer, depth)
    this.#seen.set(value, copy)
    return copy
  }

  #visitList(
    list: readonly unknown[],
    pointer: string,
    key: string,
    around: Fields | undefined,
    depth: number
  ): unknown {
    let copy: unknown[] | undefined
    for (let at = 0; at < list.length; at++) {
      const item = list[at]
      if (typeof item === 'number') continue
      const visited = this.visit(item, `${pointer}/${at}`, key, around, depth + 1)
      if (visited === item) continue
      copy ??= [...list]
      copy[at] = visited
    }
    return copy ?? list
  }

  #visitMembers(object: Fields, pointer: string, depth: number): unknown {
    let copy: { [name: string]: unknown } | undefined
    for (const name of Object.keys(object)) {
      const member = object[name]
      if (typeof member !== 'string' && typeof member !== 'object') continue
      const visited = this.visit(member, `${pointer}/${escaped(name)}`, name, object, depth + 1)
      if (visited === member) continue
      copy ??= { ...object }
      setMember(copy, name, visited)
    }
    return copy ?? object
  }

  #reference(body: Uint8Array, type: string | undefined, pointer: string): unknown {
    const digest = toHex(this.#hash(body))
    const typed = type !== undefined && { type }
    const known = this.media.find((one) => one.sha256 === digest)
    if (known) known.pointers.push(pointer)
    else this.media.push({ sha256: digest, ...typed, body, pointers: [pointer] })
    this.#altered.push({ pointer, what: 'digested', bytes: body.length })
    return { media: { sha256: digest, bytes: body.length, ...typed } }
  }
}

/** Bytes that a text stands for. */
interface Decoded {
  readonly body: Uint8Array
  readonly type: string | undefined
}

function readText(text: string, key: string, around: Fields | undefined): Decoded | undefined {
  if (TEXT_FIELDS.has(key) || text.length < 4) return undefined
  const url = text.startsWith('data:') ? DATA_URL.exec(text) : null
  if (url) return decoded(text.slice(url[0].length), url[1] ?? typeBeside(around))
  if (!isBase64Member(key, around) || !looksLikeBase64(text)) return undefined
  return decoded(text, typeBeside(around))
}

/** Whether providers use a member for base64. */
function isBase64Member(key: string, around: Fields | undefined): boolean {
  if (BASE64_FIELDS.has(key)) return true
  if (!TYPED_BASE64_FIELDS.has(key) || around === undefined) return false
  const { type } = around
  if (typeof type === 'string') return MEDIA_TYPES.test(type) || type.includes('/')
  if (key === 'bytes') return true
  return typeBeside(around) !== undefined || 'transcript' in around
}

function looksLikeBase64(text: string): boolean {
  // The beginning tells words from base64 without a walk over megabytes.
  return BASE64.test(text.slice(0, 256).replace(/[\r\n]/g, '')) && !/\s/.test(text.slice(0, 64))
}

function decoded(base64: string, type: string | undefined): Decoded | undefined {
  const body = decodeBase64(base64)
  return body && { body, type }
}

/** The media type that the members around say: in full, or as a format such as `wav`. */
function typeBeside(around: Fields | undefined): string | undefined {
  if (around === undefined) return undefined
  const { media_type, mediaType, mime_type, mimeType, format } = around
  const full = [media_type, mediaType, mime_type, mimeType, around.type].find(
    (type) => typeof type === 'string' && type.includes('/')
  )
  if (typeof full === 'string') return full
  return typeof format === 'string' && /^\w+$/.test(format) ? format : undefined
}

function bytesOf(value: object): Uint8Array | undefined {
  if (value instanceof ArrayBuffer) return new Uint8Array(value)
  if (!ArrayBuffer.isView(value)) return undefined
  return new Uint8Array(value.buffer, value.byteOffset, value.byteLength)
}

/** RFC 6901, section 3. */
function escaped(name: string): string {
  return name.replaceAll('~', '~0').replaceAll('/', '~1')
}
