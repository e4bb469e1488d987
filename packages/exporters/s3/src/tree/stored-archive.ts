import { AuditError, isObject } from '@slm-audit/core/journal'
import { parseCheckpoint, TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Bucket } from '../bucket/bucket.ts'
import { type Batch, decodeBatch } from '../format/batch.ts'
import { BATCHES, batchKey, CHECKPOINT, FORMAT, firstOf, MANIFEST } from '../format/keys.ts'
import { ArchiveTree, type DerivedObject } from './archive-tree.ts'

/** What an archive says of itself. */
export interface Manifest {
  readonly format: string
  readonly origin: string
}

/** The bytes of the manifest of a log's archive. */
export function manifestOf(origin: string): Uint8Array {
  return Buffer.from(`${JSON.stringify({ format: FORMAT, origin })}\n`)
}

/** Reads an archive's manifest; `undefined` where there is none. Rejects with AuditError `journal_newer`, `journal_damaged`. */
export async function readManifest(
  bucket: Bucket,
  signal?: AbortSignal
): Promise<Manifest | undefined> {
  const stored = await bucket.get(MANIFEST, undefined, signal)
  if (!stored) return undefined
  const { format, origin } = fieldsOf(Buffer.from(stored.bytes).toString('utf8'))
  if (format === FORMAT && typeof origin === 'string') return { format, origin }
  if (typeof format === 'string' && format.startsWith('slm-audit archive')) {
    const message = `${bucket.address} has the format ${format}, this slm-audit knows ${FORMAT}; update it`
    throw new AuditError('journal_newer', message)
  }
  const message = `${bucket.address}${MANIFEST} is not the manifest of an archive; name the prefix of one`
  throw new AuditError('journal_damaged', message)
}

function fieldsOf(text: string): { readonly [name: string]: unknown } {
  try {
    const value: unknown = JSON.parse(text)
    return isObject(value) ? value : {}
  } catch {
    // The error of whoever asks says so.
    return {}
  }
}

/** The first records of all batches from one of them on, ascending. */
export async function listBatches(
  bucket: Bucket,
  from = 0,
  signal?: AbortSignal
): Promise<number[]> {
  const firsts: number[] = []
  const after = from > 0 ? batchKey(from - 1) : undefined
  for await (const key of bucket.list(BATCHES, after, signal)) {
    const first = firstOf(key)
    if (first !== undefined) firsts.push(first)
  }
  return firsts
}

/** A batch with the tag of its version. Rejects with AuditError `journal_damaged` for one that is not there or cannot be read. */
export async function readBatch(
  bucket: Bucket,
  first: number,
  signal?: AbortSignal
): Promise<{ readonly batch: Batch; readonly etag: string }> {
  const key = batchKey(first)
  const stored = await bucket.get(key, undefined, signal)
  if (!stored) throw new AuditError('journal_damaged', `${key} is not there`)
  const batch = await decodeBatch(key, stored.bytes)
  if (batch.first === first) return { batch, etag: stored.etag }
  throw new AuditError('journal_damaged', `${key} holds the records from ${batch.first} on`)
}

/** The end of an archive, as it is stored. */
export interface ArchiveEnd {
  readonly tree: ArchiveTree
  /** Objects that follow from the newest batches, and that a dead archiver may not have written. */
  readonly derived: readonly DerivedObject[]
  /** The newest signed checkpoint that is published; `undefined` before the first. */
  readonly checkpoint: string | undefined
}

/** Records that a checkpoint may lag behind, before all batches are listed. */
const LISTED_BEFORE = 100_000

/**
 * Reads the end of an archive: its tree up to the full tile before the newest batch, which was whole before that batch
 * was begun, and from there on what the batches say. Rejects with AuditError `journal_damaged`.
 */
export async function loadEnd(bucket: Bucket, signal?: AbortSignal): Promise<ArchiveEnd> {
  try {
    return await readEnd(bucket, signal)
  } catch (error) {
    if (!AuditError.is(error) || error.code !== 'bad_proof') throw error
    const message = `the checkpoint or the tiles at the end of ${bucket.address} are damaged: ${error.message}`
    throw new AuditError('journal_damaged', message, { cause: error })
  }
}

async function readEnd(bucket: Bucket, signal?: AbortSignal): Promise<ArchiveEnd> {
  const read = async (key: string) => (await bucket.get(key, undefined, signal))?.bytes
  const note = await read(CHECKPOINT)
  const checkpoint = note && Buffer.from(note).toString('utf8')
  const signed = checkpoint === undefined ? 0 : parseCheckpoint(checkpoint).size
  const near = await listBatches(bucket, Math.max(0, signed - LISTED_BEFORE), signal)
  const from = roundedDown(near.at(-1) ?? 0)
  const isCovered = (near[0] ?? 0) <= from
  const firsts = isCovered ? near : await listBatches(bucket, 0, signal)
  const tree = await ArchiveTree.load(from, read)
  const derived: DerivedObject[] = []
  for (const [at, first] of firsts.entries()) {
    if ((firsts[at + 1] ?? Number.POSITIVE_INFINITY) <= from) continue
    const { batch } = await readBatch(bucket, first, signal)
    derived.push(...tree.append(batch.records.filter(({ index }) => index >= from)))
    const next = firsts[at + 1]
    if (next === undefined || next === batch.end) continue
    throw new AuditError(
      'journal_damaged',
      `${batchKey(first)} ends before ${batch.end}, and the next begins with ${next}`
    )
  }
  return { tree, derived, checkpoint }
}

function roundedDown(index: number): number {
  return Math.floor(index / TILE_WIDTH) * TILE_WIDTH
}
