import { AuditError, recordSize, type SealedRecord } from '@slm-audit/core/journal'
import { type ArchiveOptions, checkLock, checkPlace } from './bucket/archive-options.ts'
import { Bucket } from './bucket/bucket.ts'
import { Archive } from './write/archive.ts'

/** A log to be copied, which its owner has verified. */
export interface CopySource {
  /** The name of the log. */
  readonly origin: string
  /** How many records there are. */
  readonly size: number
  /** The records from an index on, in order. */
  records(fromIndex: number): Iterable<SealedRecord> | AsyncIterable<SealedRecord>
  /** The signed checkpoints, ascending by size. */
  checkpoints(): Checkpoints | Promise<Checkpoints>
}

type Checkpoints = Iterable<{ readonly size: number; readonly note: string }>

/** Most records of one batch, and bytes after which it is closed. */
const BATCH = 2_000
const BATCH_BYTES = 8 * 1024 * 1024

/**
 * Copies a log into an archive, which may have its beginning already: the same records at the same indices, with the same
 * salts and checkpoints. Resolves to how many records were new. Rejects with AuditError as `Archive.append`, and `history_rewritten`.
 */
export async function copyIntoS3(
  options: ArchiveOptions,
  source: CopySource,
  onProgress?: (done: number, of: number) => void
): Promise<number> {
  checkPlace('copyIntoS3', options)
  checkLock(options)
  const bucket = new Bucket(options, options)
  const archive = new Archive(bucket)
  try {
    const before = await archive.sizeOf(source.origin)
    let batch: SealedRecord[] = []
    let bytes = 0
    for await (const sealed of source.records(0)) {
      if (sealed.index >= source.size) break
      batch.push(sealed)
      bytes += recordSize(sealed)
      const isFull = batch.length === BATCH || bytes >= BATCH_BYTES
      if (!isFull && sealed.index + 1 < source.size) continue
      const problem = await archive.append(batch)
      if (problem !== undefined) throw new AuditError('export_failed', problem)
      batch = []
      bytes = 0
      onProgress?.(sealed.index + 1, source.size)
    }
    for (const { size, note } of await source.checkpoints()) {
      if (size <= source.size) await archive.addCheckpoint(note)
    }
    return Math.max(0, source.size - before)
  } finally {
    await bucket.close()
  }
}
