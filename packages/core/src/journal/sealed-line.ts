import { fromBase64, toBase64 } from '../base/base64.ts'
import { isObject } from '../base/json.ts'
import { parse, stringify } from '../base/json-text.ts'
import type { SealedContent, SealedPart, SealedRecord } from '../record/sealed-record.ts'
import { joinParts } from './join-parts.ts'

/** Stands before the header, the last member of a line, so that its bytes can be cut out. */
const HEADER = ',"header":'

/**
 * A sealed record as one line of JSON, without a newline: `contents` (each with `name`, `type`,
 * `salt` and the body as `text`, or as `base64` where it is not UTF-8; one in parts has `parts` with the
 * same members, and `at`; of what is encrypted as it is stored `key` and `sealed` stand in the place of salt and body), `index`, `leaf`, members of
 * `more`, and `header`, whose text is the canonical JSON of the record. Bytes are in base64.
 */
export function encodeSealed(
  { contents, index, leafHash, header }: SealedRecord,
  more: { readonly [name: string]: string } = {}
): string {
  const leaf = toBase64(leafHash)
  const fields = { contents: contents.map(encodeContent), index, leaf, ...more }
  return `${stringify(fields).slice(0, -1)}${HEADER}${header}}`
}

/** Reads a line of `encodeSealed`; `undefined` for another one. */
export function decodeSealed(line: string): SealedRecord | undefined {
  const fields = parseObject(line)
  const at = line.indexOf(HEADER)
  if (!fields || at < 0 || !Array.isArray(fields.contents)) return undefined
  const leafHash = bytesOf(fields.leaf)
  const contents = fields.contents.map(decodeContent)
  if (!Number.isSafeInteger(fields.index) || !leafHash || contents.includes(undefined)) {
    return undefined
  }
  return {
    index: Number(fields.index),
    leafHash,
    header: line.slice(at + HEADER.length, -1),
    contents: contents.filter((content) => content !== undefined)
  }
}

function encodeContent(content: SealedContent): object {
  const { name, type, salt, body, parts, at } = content
  if (isStoredSealed(content)) return { name, type, ...encodeCipher(content) }
  if (!parts) return { name, type, salt: toBase64(salt), ...encodeBody(body) }
  return { name, type, ...(at !== undefined && { at }), parts: parts.map(encodePart) }
}

function encodePart(part: SealedPart): object {
  const { salt, body, commitment } = part
  if (salt && body) return { salt: toBase64(salt), ...encodeBody(body) }
  return {
    ...(commitment && { commitment: toBase64(commitment) }),
    ...(isStoredSealed(part) && encodeCipher(part))
  }
}

/** What is encrypted as it is stored. */
interface StoredSealed {
  readonly encrypted: string
  readonly sealed: Uint8Array
}

function isStoredSealed<T extends Partial<StoredSealed>>(piece: T): piece is T & StoredSealed {
  return piece.sealed !== undefined && piece.encrypted !== undefined
}

function encodeCipher({ encrypted, sealed }: StoredSealed): object {
  return { key: encrypted, sealed: toBase64(sealed) }
}

function decodeCipher({
  key,
  sealed
}: {
  readonly [name: string]: unknown
}): StoredSealed | undefined {
  const bytes = bytesOf(sealed)
  return typeof key === 'string' && bytes ? { encrypted: key, sealed: bytes } : undefined
}

function encodeBody(body: Uint8Array | undefined): object {
  if (body === undefined) return {}
  try {
    return { text: new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body) }
  } catch {
    // Bytes that are not UTF-8.
    return { base64: toBase64(body) }
  }
}

function decodeContent(value: unknown): SealedContent | undefined {
  const fields = isObject(value) ? value : {}
  const { name, type, salt, parts } = fields
  if (typeof name !== 'string' || typeof type !== 'string') return undefined
  if (parts !== undefined) return decodeParts(name, type, fields)
  const cipher = decodeCipher(fields)
  if (cipher) return { name, type, salt: NO_SALT, ...cipher }
  const saltBytes = bytesOf(salt)
  if (!saltBytes) return undefined
  const body = decodeBody(fields)
  if (!body && fields.base64 !== undefined) return undefined
  return { name, type, salt: saltBytes, ...(body && { body }) }
}

function decodeParts(
  name: string,
  type: string,
  { parts: values, at }: { readonly [name: string]: unknown }
): SealedContent | undefined {
  if (!Array.isArray(values) || (at !== undefined && !Number.isSafeInteger(at))) return undefined
  const parts = values.map(decodePart)
  const place = at === undefined ? undefined : Number(at)
  const bodies = parts.flatMap(({ body }) => body ?? [])
  return {
    name,
    type,
    salt: NO_SALT,
    ...(bodies.length === parts.length && { body: joinParts(bodies, place) }),
    parts,
    ...(place !== undefined && { at: place })
  }
}

const NO_SALT = new Uint8Array()

/** A part that cannot be read has nothing, which verification takes for what it is not. */
function decodePart(value: unknown): SealedPart {
  const fields = isObject(value) ? value : {}
  const [salt, body] = [bytesOf(fields.salt), decodeBody(fields)]
  if (salt && body) return { salt, body }
  const commitment = bytesOf(fields.commitment)
  return commitment ? { commitment, ...decodeCipher(fields) } : {}
}

function decodeBody({
  text,
  base64
}: {
  readonly [name: string]: unknown
}): Uint8Array | undefined {
  return typeof text === 'string' ? new TextEncoder().encode(text) : bytesOf(base64)
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromBase64(value) : undefined
}

function parseObject(line: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = parse(line)
    return isObject(value) ? value : undefined
  } catch {
    // A line that is not JSON, for instance a torn one.
    return undefined
  }
}
