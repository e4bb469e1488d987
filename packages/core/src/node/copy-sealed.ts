import { AuditError } from '../base/error.ts'
import { encryptedWith } from '../journal/join-parts.ts'
import { isErasure, readErasure } from '../record/erasure-record.ts'
import { readAging } from '../record/retention-record.ts'
import type { SealedRecord } from '../record/sealed-record.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import type { Frontier } from '../tlog/frontier.ts'
import { sameBytes } from '../tlog/tree.ts'
import { checkRecord } from '../verify/inspect-record.ts'
import { nodeSha256 } from './signer.ts'

/** A signed checkpoint with its cosignatures, and the size that it signs. */
export interface CopiedCheckpoint {
  /** The number of records that it signs. */
  readonly size: number
  /** The signed note. */
  readonly note: string
}

/** A log to be copied, which its owner has verified. */
export interface CopySource {
  /** The name of the log. */
  readonly origin: string
  /** How many records there are. */
  readonly size: number
  /** The records from an index on, in order; those that retention took are left out. */
  records(fromIndex: number): Iterable<SealedRecord> | AsyncIterable<SealedRecord>
  /** The signed checkpoints, ascending by size. */
  checkpoints(): Iterable<CopiedCheckpoint> | Promise<Iterable<CopiedCheckpoint>>
}

/** Where a log is copied to: it may have the beginning of it already. */
export interface CopyTarget {
  /** What it is called in errors: a path, `the schema audit`. */
  readonly name: string
  /** How many records it has. */
  readonly size: number
  /** The right edge of its tree, at its size or at one that it has had. */
  edge(size: number): Frontier | Promise<Frontier>
  /** The hash of a leaf that it has. */
  leafAt(index: number): Uint8Array | Promise<Uint8Array>
  /** Whether records that were read so far are to be stored before more are read; 500 at a time unless given. */
  isFull?(batch: readonly SealedRecord[]): boolean
  /** Stores records that follow those that are there, all or none; each was checked against itself. */
  store(batch: readonly SealedRecord[]): void | Promise<void>
  /** Stores a signed checkpoint of records that are there; one that is there is left. */
  addCheckpoint(checkpoint: CopiedCheckpoint): void | Promise<void>
}

/** Records that are stored at a time. */
const BATCH = 500

/**
 * Copies a log: the same records at the same indices, with the same salts and checkpoints. What the target has already must be
 * the beginning of the log, also where retention has taken some of it on either side since; the rest is added. Resolves to how
 * many records were new. Rejects with AuditError `bad_option` where the target has other records, or more of them, and `bad_record`
 * for a record that is not as it was sealed, and where records that would follow are not in the log any more.
 */
export async function copySealed(
  source: CopySource,
  target: CopyTarget,
  onProgress?: (done: number, of: number) => void
): Promise<number> {
  const checkpoints = [...(await source.checkpoints())].filter(({ size }) => size <= source.size)
  await checkBeginning(source, target, checkpoints)
  const isFull = target.isFull ?? ((batch) => batch.length === BATCH)
  let batch: SealedRecord[] = []
  for await (const sealed of following(source, target.size)) {
    const flaw = checkRecord(sealed, sealed.index, nodeSha256)
    if (flaw) throw new AuditError('bad_record', `record ${flaw.index}: ${flaw.detail}`)
    refuseEncrypted(sealed)
    batch.push(sealed)
    if (!isFull(batch) && sealed.index + 1 < source.size) continue
    await target.store(batch)
    batch = []
    onProgress?.(sealed.index + 1, source.size)
  }
  for (const checkpoint of checkpoints) await target.addCheckpoint(checkpoint)
  return source.size - target.size
}

/** A copy would have the content as one that is gone. */
function refuseEncrypted({ index, contents }: SealedRecord): void {
  const key = contents.flatMap((content) => encryptedWith(content) ?? [])[0]
  if (key === undefined) return
  const message = `the contents of record ${index} are encrypted with ${key}, and a copy needs them; give the keys of the log (--contents-keys)`
  throw new AuditError('bad_key', message)
}

/** Rejects where what the target has is not the beginning of the log. */
async function checkBeginning(
  source: CopySource,
  target: CopyTarget,
  checkpoints: readonly CopiedCheckpoint[]
): Promise<void> {
  const { name, size } = target
  if (size > source.size) {
    const message = `${name} has ${size} records, more than the ${source.size} that are to be copied; it has been written since`
    throw new AuditError('bad_option', message)
  }
  if (size === 0) return
  if (await hasSameRoot(source, target, checkpoints)) return
  const first = await firstOther(source, target)
  const what =
    first === undefined
      ? `the records in ${name} are others`
      : `record ${first} in ${name} is another one`
  throw new AuditError('bad_option', `${what}, though of the same log; copy into another place`)
}

/** The first record that both have and that is not the same. */
async function firstOther(source: CopySource, target: CopyTarget): Promise<number | undefined> {
  for await (const { index, leafHash } of source.records(0)) {
    if (index >= target.size) return undefined
    if (!sameBytes(leafHash, await target.leafAt(index))) return index
  }
  return undefined
}

/**
 * Whether the target and the log have one history. A checkpoint tells, which no record has to be there for: the first that covers
 * all that the target has, with the records up to it, or the newest before, with those behind it.
 */
async function hasSameRoot(
  source: CopySource,
  target: CopyTarget,
  checkpoints: readonly CopiedCheckpoint[]
): Promise<boolean> {
  const { size } = target
  const covering = checkpoints.find((each) => each.size >= size)
  if (covering) {
    const tree = await withRecords(source, await target.edge(size), covering.size)
    return sameBytes(tree.root(), rootIn(covering))
  }
  const before = checkpoints.at(-1)
  const edge = await target.edge(before?.size ?? 0)
  if (before && !sameBytes(edge.root(), rootIn(before))) return false
  const tree = await withRecords(source, edge, size)
  return sameBytes(tree.root(), (await target.edge(size)).root())
}

/** A tree with the records of the log behind it, up to a size. */
async function withRecords(source: CopySource, edge: Frontier, size: number): Promise<Frontier> {
  const tree = edge.clone()
  if (tree.size === size) return tree
  for await (const { leafHash } of following(source, tree.size)) {
    tree.append(leafHash)
    if (tree.size === size) break
  }
  return tree
}

function rootIn({ note }: CopiedCheckpoint): Uint8Array {
  return parseCheckpoint(note).root
}

/** The records from an index on, up to the size of the log. Throws AuditError `bad_record` where some are missing. */
async function* following(source: CopySource, from: number): AsyncGenerator<SealedRecord> {
  let next = from
  const missing = (end: number) => {
    const begun = from === 0 ? 'a copy' : `the copy, which has the first ${from}`
    const message = `records ${next} to ${end - 1} are not in that log any more, as retention took them, and ${begun} cannot be made of what is left: copy before retention, or write what is left by export --tiles`
    return new AuditError('bad_record', message)
  }
  for await (const sealed of source.records(from)) {
    if (next >= source.size) return
    if (sealed.index !== next) throw missing(Math.min(sealed.index, source.size))
    next++
    yield sealed
  }
  if (next < source.size) throw missing(source.size)
}

/** Whether some of the records of a log that are copied say that one before an index has lost something. */
export function tellLosses(records: readonly SealedRecord[], before: number): boolean {
  return records.some((sealed) => {
    const aged = readAging(sealed)?.ranges ?? []
    if (aged.some(([from]) => from < before)) return true
    return isErasure(sealed) && readErasure(sealed).records.some((index) => index < before)
  })
}
