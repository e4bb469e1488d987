import {
  CONTENTS_EXPIRED,
  encodeSealed,
  isObject,
  parseRecord,
  type SealedRecord,
  type Stage,
  type StoredRecord
} from '@slm-audit/core/journal'

/** What a log keeps of a record in memory, and what an encrypted file shows of it. */
export interface RecordFacts {
  readonly auditId: string
  readonly kind: string
  readonly stage: Stage
  readonly leaf: Uint8Array
  /** The key that a `key.added` record adds. */
  readonly key?: string
}

/**
 * A sealed record as one line, with what retention took of it and the writer that stored it. The header's bytes are kept.
 */
export function encodeRecord(sealed: StoredRecord, writer?: string): string {
  return encodeSealed(sealed, { ...agedAs(sealed.aged), ...(writer !== undefined && { writer }) })
}

/** What a line says of the contents that it lacks: that their time has come. A record of the log must say so, too. */
export function agedAs(aged: unknown): { readonly aged?: typeof CONTENTS_EXPIRED } {
  return aged === CONTENTS_EXPIRED ? { aged: CONTENTS_EXPIRED } : {}
}

/** What the log needs to know of a record. Throws for a header that is not JSON. */
export function factsOf({ header, leafHash }: SealedRecord): RecordFacts {
  const { auditId, kind, stage, event } = parseRecord({ header })
  const key = kind === 'key.added' ? event?.key : undefined
  return { auditId, kind, stage, leaf: leafHash, ...(key !== undefined && { key: String(key) }) }
}

/** The JSON object of a line; undefined for a line that is not one, such as a torn one. */
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

/** The bytes of a base64 text; empty for what is not base64. */
export function fromBase64(text: unknown): Uint8Array {
  return typeof text === 'string' ? new Uint8Array(Buffer.from(text, 'base64')) : new Uint8Array()
}
