import {
  type AnnotateOptions,
  type AnnotateReport,
  checkAnnotate,
  parseRecord,
  pendingAnnotations
} from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import type { Database } from './driver/database.ts'
import { IndexFile } from './index/index-file.ts'
import { administer } from './keys/administer.ts'
import { subjectKeysIn } from './store/contents/open-subject-keys.ts'
import { openForReading } from './store/open-database.ts'
import { newestHeaderOf } from './store/sealed-rows.ts'
import { rowOf } from './store/writer.ts'

/**
 * Says something of calls that are in a database, for programs that have no open log: a review tool, an
 * evaluation, a command. Applications may go on writing meanwhile. Each annotation has the context of its call.
 *
 * Rejects with AuditError `bad_option` for an annotation that says nothing, `not_found` for a call that is not
 * in the log, `bad_key` for a key that is not the log's, or where its contents are encrypted and this process has not
 * been told of their keys, and as opening a log does.
 */
export async function annotateCalls(
  path: string,
  options: AnnotateOptions
): Promise<AnnotateReport> {
  checkAnnotate(options)
  if (options.calls.length === 0) return { indices: [] }
  const file = realFile(path)
  const database = openForReading(file)
  try {
    const records = pendingAnnotations(options, (auditId) => {
      const newest = newestHeaderOf(database, auditId)
      return newest && parseRecord(newest)
    })
    return await administer(file, options, async (log) => {
      const rows = records.map((record) => rowOf(record))
      const keys = await subjectKeysIn(log.database, file)?.get(rows)
      const append = log.database.transaction(() => {
        const from = log.writer.size()
        log.writer.append(rows, undefined, keys)
        return { indices: records.map((_, at) => from + at) }
      })
      const report = append.immediate()
      advanceIndex(log.database, file)
      return report
    })
  } finally {
    database.close()
  }
}

/** How long annotations are indexed for at most, in milliseconds; who writes the log next goes on. */
const INDEXING_MS = 5_000

/**
 * Indexes on, so that not each reader has to take in by itself what was said, until an application opens the log. What is said is
 * stored already: an index that cannot be written now stays behind.
 */
function advanceIndex(database: Database, file: string): void {
  const index = new IndexFile(database, file)
  try {
    index.advance({ deadline: performance.now() + INDEXING_MS })
  } catch {
    // Readers look at what it lacks in the log.
  } finally {
    index.close()
  }
}
