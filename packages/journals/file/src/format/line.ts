import {
  AuditError,
  decodeSealed,
  isObject,
  type SealedRecord,
  type Stage,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { Cipher } from './age.ts'
import { type Compression, pack, unpack } from './compression.ts'
import { prunedIn } from './pruned-line.ts'
import {
  agedAs,
  encodeRecord,
  factsOf,
  fieldsOf,
  fromBase64,
  type RecordFacts,
  toBase64
} from './record-line.ts'

/** A line of a file of records. */
export type Line =
  | { readonly kind: 'record'; readonly first: number; readonly facts: readonly RecordFacts[] }
  | { readonly kind: 'batch'; readonly first: number; readonly facts: readonly RecordFacts[] }
  /** In place of records that retention took whole; of these nothing but the leaf hashes is known. */
  | {
      readonly kind: 'pruned'
      readonly first: number
      readonly facts: readonly []
      readonly leaves: readonly Uint8Array[]
    }
  /** The last one of a closed file: the index of the next file's first record. */
  | { readonly kind: 'end'; readonly end: number }

/** A line with who wrote it. */
export type ReadLine = Line & { readonly writer?: string }

/** Reads a line as far as the log needs it; undefined for a line that is not whole. */
export function readLine(line: string): ReadLine | undefined {
  const fields = fieldsOf(line)
  if (!fields) return undefined
  const { end, first, batch, writer } = fields
  const by = typeof writer === 'string' ? { writer } : {}
  if (Number.isSafeInteger(end)) return { kind: 'end', end: Number(end) }
  if (Array.isArray(batch)) {
    return { kind: 'batch', first: Number(first), facts: batch.map(toFacts), ...by }
  }
  const pruned = prunedIn(fields)
  if (pruned) return { kind: 'pruned', facts: [], ...pruned }
  const sealed = decodeSealed(line)
  return sealed && { kind: 'record', first: sealed.index, facts: [factsOf(sealed)], ...by }
}

/** Whether one of a line's records is of a kind. */
export function hasKind(line: ReadLine, kind: string): boolean {
  return line.kind !== 'end' && line.facts.some((facts) => facts.kind === kind)
}

/** The index behind the last of a line's records. */
export function endOf(line: Exclude<ReadLine, { readonly kind: 'end' }>): number {
  return line.first + (line.kind === 'pruned' ? line.leaves.length : line.facts.length)
}

/** The line that closes a file. */
export function endLine(end: number): string {
  return JSON.stringify({ end })
}

/**
 * Several records as one line that shows of them no more than `RecordFacts`: their lines,
 * compressed and then encrypted.
 */
export async function encodeBatch(
  records: readonly StoredRecord[],
  encrypt: Cipher,
  compression: Compression | undefined,
  writer: string | undefined
): Promise<string> {
  const lines = records.map((sealed) => `${encodeRecord(sealed)}\n`).join('')
  const age = await encrypt(await pack(Buffer.from(lines), compression))
  return batchLine(records, { packed: compression, writer, age: toBase64(age) })
}

/**
 * The sealed records of a line: one, or those of a batch. Read strictly, a line must be to the byte
 * what is written of them. `undefined` for another line, and for one in the place of records that were pruned.
 */
export async function recordsOf(
  line: string,
  decrypt: Cipher,
  isStrict: boolean
): Promise<StoredRecord[] | undefined> {
  const fields = fieldsOf(line)
  if (!fields || fields.age === undefined) return fields && oneRecord(line, fields, isStrict)
  const bytes = await unpack(await decrypt(fromBase64(fields.age)), packedBy(fields))
  const lines = Buffer.from(bytes).toString('utf8').split('\n')
  if (isStrict && lines.pop() !== '') return undefined
  const records: StoredRecord[] = []
  for (const each of lines) {
    const found = oneRecord(each, fieldsOf(each) ?? {}, isStrict)
    if (!found && isStrict) return undefined
    records.push(...(found ?? []))
  }
  return isStrict && batchLine(records, fields) !== line ? undefined : records
}

/**
 * A line that was read strictly, written again with other records in place of its own, as long as it was: encrypted where
 * it was, by the same writer.
 */
export async function lineWith(
  line: string,
  records: readonly StoredRecord[],
  encrypt: Cipher | undefined
): Promise<string> {
  const fields = fieldsOf(line) ?? {}
  const { age, writer } = fields
  const by = typeof writer === 'string' ? writer : undefined
  if (age === undefined) return records.map((sealed) => encodeRecord(sealed, by)).join('\n')
  if (!encrypt)
    throw new AuditError('bad_key', 'an encrypted line is to be written; give recipients')
  return await encodeBatch(records, encrypt, packedBy(fields), by)
}

/** A batch as it is written, with what its records show of themselves. */
function batchLine(
  records: readonly SealedRecord[],
  { packed, writer, age }: { readonly [name: string]: unknown }
): string {
  return JSON.stringify({
    batch: records.map(factsOf).map(({ leaf, ...facts }) => ({ ...facts, leaf: toBase64(leaf) })),
    first: records[0]?.index,
    ...(packed !== undefined && { packed }),
    ...(writer !== undefined && { writer }),
    age
  })
}

/** Names one opening of a log. */
const WRITER = /^[\w-]{1,64}$/

function oneRecord(
  line: string,
  { writer, aged }: { readonly [name: string]: unknown },
  isStrict: boolean
): StoredRecord[] | undefined {
  const decoded = decodeSealed(line)
  if (!decoded) return undefined
  const sealed = { ...decoded, ...agedAs(aged) }
  const by = typeof writer === 'string' ? writer : undefined
  if (isStrict && by !== undefined && !WRITER.test(by)) return undefined
  return isStrict && encodeRecord(sealed, by) !== line ? undefined : [sealed]
}

function packedBy({ packed }: { readonly [name: string]: unknown }): Compression | undefined {
  return packed === 'gzip' || packed === 'zstd' ? packed : undefined
}

function toFacts(value: unknown): RecordFacts {
  const { auditId, kind, stage, leaf, key } = isObject(value) ? value : {}
  return {
    auditId: String(auditId),
    kind: String(kind),
    stage: String(stage) as Stage,
    leaf: fromBase64(leaf),
    ...(key !== undefined && { key: String(key) })
  }
}
