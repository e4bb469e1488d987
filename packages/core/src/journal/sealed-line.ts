import { fromBase64, toBase64 } from '../base/base64.ts'
import { isObject } from '../base/json.ts'
import type { SealedContent, SealedRecord } from '../record/sealed-record.ts'

/** Stands before the header, the last member of a line, so that its bytes can be cut out. */
const HEADER = ',"header":'

/**
 * A sealed record as one line of JSON, without a newline: `contents` (each with `name`, `type`,
 * `salt` and the body as `text`, or as `base64` where it is no UTF-8), `index`, `leaf`, members of
 * `more`, and `header`, whose text is the canonical JSON of the record. Bytes are in base64.
 */
export function encodeSealed(
  { contents, index, leafHash, header }: SealedRecord,
  more: { readonly [name: string]: string } = {}
): string {
  const leaf = toBase64(leafHash)
  const fields = { contents: contents.map(encodeContent), index, leaf, ...more }
  return `${JSON.stringify(fields).slice(0, -1)}${HEADER}${header}}`
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

function encodeContent({ name, type, salt, body }: SealedContent): object {
  const named = { name, type, salt: toBase64(salt) }
  if (body === undefined) return named
  try {
    const text = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }).decode(body)
    return { ...named, text }
  } catch {
    // Bytes that are no UTF-8.
    return { ...named, base64: toBase64(body) }
  }
}

function decodeContent(value: unknown): SealedContent | undefined {
  const { name, type, salt, text, base64 } = isObject(value) ? value : {}
  const saltBytes = bytesOf(salt)
  if (typeof name !== 'string' || typeof type !== 'string' || !saltBytes) return undefined
  const body = typeof text === 'string' ? new TextEncoder().encode(text) : bytesOf(base64)
  if (!body && base64 !== undefined) return undefined
  return { name, type, salt: saltBytes, ...(body && { body }) }
}

function bytesOf(value: unknown): Uint8Array | undefined {
  return typeof value === 'string' ? fromBase64(value) : undefined
}

function parseObject(line: string): { readonly [name: string]: unknown } | undefined {
  try {
    const value: unknown = JSON.parse(line)
    return isObject(value) ? value : undefined
  } catch {
    // A line that is no JSON, for instance a torn one.
    return undefined
  }
}
