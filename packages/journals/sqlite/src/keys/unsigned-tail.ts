import { pendingUnsigned, type UnsignedEnd } from '@slm-audit/core/journal'
import {
  type CheckpointStore,
  continuesHeads,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { rowOf, type Writer } from '../store/writer.ts'

/** Whether a checkpoint covers all records. */
export function isSigned(database: Database, writer: Writer): boolean {
  return writer.size() <= (newestCheckpoint(database)?.size ?? 0)
}

/**
 * Says in the log that its end had no signature though no process died, before it is signed. Gives what stood
 * there; `undefined` where all is as it should be. Throws SQLite's error.
 *
 * @param hasWriters Whether a lock of another writer lay beside the file.
 */
export function recordUnsigned(
  database: Database,
  writer: Writer,
  hasWriters: boolean,
  { headPaths, proof, origin }: Pick<CheckpointStore, 'headPaths' | 'proof' | 'origin'>
): UnsignedEnd | undefined {
  const paths = headPaths()
  // A log that does not continue its heads is not signed at all.
  if (!continuesHeads(readKeptHeads(paths), origin, writer.head(), proof)) return undefined

  const signed = newestCheckpoint(database)?.size ?? 0
  const end = unsignedEnd({ size: writer.size(), signed, hasWriters, headPaths: paths })
  if (end) writer.append([rowOf(pendingUnsigned(end))])
  return end
}
