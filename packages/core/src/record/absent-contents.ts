import { parseRecord, type SealedContent, type SealedRecord } from './sealed-record.ts'

/**
 * A record with all contents that its header names, for stores that were given it without some: like erased ones these have no
 * bytes. The record itself where none is missing.
 */
export function withAbsentContents(sealed: SealedRecord): SealedRecord {
  const known = new Set(sealed.contents.map(({ name }) => name))
  const missing: SealedContent[] = Object.entries(parseRecord(sealed).log.contents)
    .filter(([name]) => !known.has(name))
    .map(([name, { type }]) => ({ name, type, salt: new Uint8Array() }))
  return missing.length === 0 ? sealed : { ...sealed, contents: [...sealed.contents, ...missing] }
}
