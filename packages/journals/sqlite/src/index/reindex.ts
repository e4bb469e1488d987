import { setImmediate } from 'node:timers/promises'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { openForReading } from '../store/open-database.ts'
import { indexPath, removeIndex } from './index-database.ts'
import { IndexFile } from './index-file.ts'

/** What an index was made of. */
export interface IndexReport {
  /** Records of the log that are indexed. */
  readonly records: number
  /** What could not be indexed, or not in whole, by the index of its record. */
  readonly skipped: readonly { readonly index: number; readonly reason: string }[]
}

/** How long one step takes; the event loop turns between two. */
const STEP_MS = 25

/**
 * Makes the index of a log anew, out of its records. An application that writes the log goes on
 * meanwhile, and takes the new index over. Rejects with AuditError `journal_unavailable` where it
 * cannot be written, and as opening a log does.
 */
export async function reindex(
  file: string,
  onProgress?: (done: number, of: number) => void
): Promise<IndexReport> {
  const evidence = openForReading(file)
  const index = new IndexFile(evidence, file)
  const size = evidence.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck()
  try {
    removeIndex(file)
    while (!index.advance({ deadline: performance.now() + STEP_MS })) {
      onProgress?.(index.reached(), Number(size.get()))
      await setImmediate()
    }
    for (const _ of index.mergeAll()) await setImmediate()
    return { records: index.reached(), skipped: index.skipped() }
  } catch (cause) {
    if (AuditError.is(cause)) throw cause
    const message = `the index ${indexPath(file)} cannot be written (${messageOf(cause)}); check the permissions and the space there`
    throw new AuditError('journal_unavailable', message, { cause })
  } finally {
    index.close()
    evidence.close()
  }
}
