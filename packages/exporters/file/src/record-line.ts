import {
  isObject,
  parseRecord,
  type SealedContent,
  type SealedRecord,
  type Stage
} from '@slm-audit/core'

/** What a log keeps of a record in memory, and what an encrypted file shows of it. */
export interface RecordFacts {
  readonly auditId: string
  readonly kind: string
  readonly stage: Stage
  readonly leaf: Uint8Array
  /** The key that a `key.added` record adds. */
  readonly key?: string
}

/** Where the header stands in a line: the last member, so that its bytes can be cut out. */
const HEADER = ',"header":'

const strict = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/** A sealed record as one line, without its newline. The header's bytes are kept as they are. */
export function encodeRecord(sealed: SealedRecord, writer?: string): string {
  const fields = {
    contents: sealed.contents.map(encodeContent),
    index: sealed.index,
    leaf: toBase64(sealed.leafHash),
    ...(writer !== undefined && { writer })
  }
  return `${JSON.stringify(fields).slice(0, -1)}${HEADER}${sealed.header}}`
}

/** Reads a line of `encodeRecord`; undefined for another one. */
export function decodeRecord(line: string): SealedRecord | undefined {
  const fields = fieldsOf(line)
  const at = line.indexOf(HEADER)
  if (!fields || at < 0 || !Number.isSafeInteger(fields.index)) return undefined
  const { contents, index, leaf } = fields
  if (!Array.isArray(contents)) return undefined
  return {
    index: Number(index),
    leafHash: fromBase64(leaf),
    header: line.slice(at + HEADER.length, -1),
    contents: contents.map(decodeContent)
  }
}

/** What the log needs to know of a record. Throws for a header that is no JSON. */
export function factsOf({ header, leafHash }: SealedRecord): RecordFacts {
  const { auditId, kind, stage, event } = parseRecord({ header })
  const key = kind === 'key.added' ? event?.key : undefined
  return { auditId, kind, stage, leaf: leafHash, ...(key !== undefined && { key: String(key) }) }
}

/** The JSON object of a line; undefined for a line that is none, such as a torn one. */
export function fieldsOf(line: string): { readonly [name: string]: unknown } | undefined {
  try {
    const fields: unknown = JSON.parse(line)
    return isObject(fields) ? fields : undefined
  } catch {
    // Reported as torn or changed by whoever asks.
    return undefined
  }
}

/** Bytes in base64. */
export function toBase64(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('base64')
}

/** The bytes of a base64 text; empty for what is none. */
export function fromBase64(text: unknown): Uint8Array {
  return typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'base64')) : new Uint8Array()
}

function encodeContent({ name, type, salt, body }: SealedContent): object {
  const named = { name, type, salt: toBase64(salt) }
  if (body === undefined) return named
  try {
    return { ...named, text: strict.decode(body) }
  } catch {
    // Bytes that are no UTF-8.
    return { ...named, base64: toBase64(body) }
  }
}

function decodeContent(value: unknown): SealedContent {
  const { name, type, salt, text, base64 } = isObject(value) ? value : {}
  const body = typeof text === 'string' ? new Uint8Array(Buffer.from(text)) : fromBase64(base64)
  const isStored = text !== undefined || base64 !== undefined
  return {
    name: String(name),
    type: String(type),
    salt: fromBase64(salt),
    ...(isStored && { body })
  }
}
