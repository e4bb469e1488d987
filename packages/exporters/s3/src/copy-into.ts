import { AuditError, recordSize, type SealedRecord } from '@slm-audit/core/journal'
import { type CopiedCheckpoint, type CopySource, copySealed } from '@slm-audit/core/node'
import { type ArchiveOptions, checkLock, checkPlace } from './bucket/archive-options.ts'
import { Bucket } from './bucket/bucket.ts'
import { Archive } from './write/archive.ts'

/** Most records of one batch, and bytes after which it is closed. */
const BATCH = 2_000
const BATCH_BYTES = 8 * 1024 * 1024

/**
 * Copies a log into an archive, which may have its beginning already: the same records at the same indices, with the same
 * salts and checkpoints. Resolves to how many records were new. Rejects with AuditError as `copySealed` and `Archive.append`, and
 * with `history_rewritten`.
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
    const edge = await archive.edgeOf(source.origin)
    const target = {
      name: bucket.address,
      size: edge.size,
      edge: (size: number) => archive.edgeOf(source.origin, size),
      leafAt: (index: number) => archive.leafAt(source.origin, index),
      isFull: batches(),
      async store(batch: readonly SealedRecord[]) {
        const problem = await archive.append(batch)
        if (problem !== undefined) throw new AuditError('export_failed', problem)
      },
      addCheckpoint: ({ note }: CopiedCheckpoint) => archive.addCheckpoint(note)
    }
    return await copySealed(source, target, onProgress)
  } finally {
    await bucket.close()
  }
}

/** Tells when a batch is to be closed; it is asked behind each record. */
function batches(): (batch: readonly SealedRecord[]) => boolean {
  let bytes = 0
  return (batch) => {
    const newest = batch.at(-1)
    bytes = (batch.length === 1 ? 0 : bytes) + (newest ? recordSize(newest) : 0)
    return batch.length === BATCH || bytes >= BATCH_BYTES
  }
}
