import { RECORDS_PRUNED, type StoredRecord } from '@slm-audit/core/journal'
import { HASH_BYTES } from '@slm-audit/core/tlog'
import { fieldsOf, fromBase64, toBase64 } from './record-line.ts'

/** Records in a row that retention took whole: what is left of them is their leaf hashes. */
export interface PrunedRecords {
  /** Index of the first. */
  readonly first: number
  /** Their leaf hashes, in order. */
  readonly leaves: readonly Uint8Array[]
}

/** What stands in a file in the place of such records. */
export function prunedLine({ first, leaves }: PrunedRecords): string {
  return JSON.stringify({ pruned: first, leaves: toBase64(Buffer.concat(leaves)) })
}

/** Reads the members of such a line; undefined for another one. */
export function prunedIn(fields: { readonly [name: string]: unknown }): PrunedRecords | undefined {
  const { pruned, leaves } = fields
  if (!Number.isSafeInteger(pruned) || Number(pruned) < 0) return undefined
  const bytes = fromBase64(leaves)
  if (bytes.length === 0 || bytes.length % HASH_BYTES > 0) return undefined
  const count = bytes.length / HASH_BYTES
  const hash = (at: number) => bytes.subarray(at * HASH_BYTES, (at + 1) * HASH_BYTES)
  return { first: Number(pruned), leaves: Array.from({ length: count }, (_, at) => hash(at)) }
}

/**
 * The records that a line stands for, as verification takes them: by a place and a leaf hash, with nothing else left. Undefined
 * for another line, and for one that is not to the byte what is written.
 */
export function prunedRecords(text: string): StoredRecord[] | undefined {
  if (!text.startsWith('{"pruned":')) return undefined
  const pruned = prunedIn(fieldsOf(text) ?? {})
  if (!pruned || prunedLine(pruned) !== text) return undefined
  return pruned.leaves.map((leafHash, at) => ({
    ...{ index: pruned.first + at, leafHash, header: '', contents: [] },
    aged: RECORDS_PRUNED
  }))
}

/** Whether a stored record is one of which no more than the leaf hash is left. */
export function isPruned({ aged }: StoredRecord): boolean {
  return aged === RECORDS_PRUNED
}
