import {
  checkRetention,
  noRetention,
  type PendingRetention,
  type RetentionOptions,
  type RetentionReport,
  retentionOf
} from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import type { Database } from './driver/database.ts'
import { administer } from './keys/administer.ts'
import { newestRetention } from './retain/newest-policy.ts'
import { retaining } from './retain/retaining.ts'
import { RetentionRun } from './retain/retention-run.ts'
import { tellProvider } from './store/contents/tell-destroyed.ts'
import { openForReading } from './store/open-database.ts'
import { slowly } from './store/upkeep/slowly.ts'

/**
 * Says what retention would take out of a log now: which records have come to the end of their contents or of
 * their whole time, what holds keep, and how much space it is. Changes nothing.
 *
 * Rejects with AuditError `bad_policy` where no policy says how long records are kept, and as opening a log does.
 */
export async function planRetention(
  path: string,
  options: RetentionOptions = {}
): Promise<RetentionReport> {
  checkRetention('planRetention', options)
  const database = openForReading(realFile(path))
  try {
    // One state of the log, whatever is written meanwhile.
    database.exec('BEGIN')
    const run = new RetentionRun(database, pendingOf(database, options))
    await slowly(database, run.rehearse(), () => options.onProgress?.(run.report))
    return run.report
  } finally {
    database.close()
  }
}

/**
 * Takes out of a log what has come to the end of its time: contents, then whole records by tiles of 256, of which
 * the tree keeps the hashes, so that every proof of the others stays. Records say what went, and data keys
 * that nothing is encrypted with any more are destroyed. Applications may go on
 * writing the log: each step is some milliseconds long. Space goes back to the file system. A process that is killed
 * meanwhile leaves the rest to whoever opens the log next.
 *
 * Rejects with AuditError `bad_policy` where no policy says how long records are kept, `bad_key` for a key that is
 * not the log's, and as opening a log does.
 */
export async function applyRetention(
  path: string,
  options: RetentionOptions = {}
): Promise<RetentionReport> {
  checkRetention('applyRetention', options)
  const file = realFile(path)
  return await administer(file, options, async ({ database, writer }) => {
    const run = retaining(database, file, writer, pendingOf(database, options))
    // What a loss of power takes back is taken again; nobody waits in a transaction for the disk.
    database.pragma('synchronous = NORMAL')
    try {
      await slowly(database, run.steps, () => options.onProgress?.(run.report()))
    } finally {
      database.pragma('synchronous = FULL')
    }
    await tellProvider(database, file)
    return run.report()
  })
}

function pendingOf(
  database: Database,
  { policy, now = new Date() }: RetentionOptions
): PendingRetention {
  const known = policy ? retentionOf(policy) : newestRetention(database)
  if (known) return { ...known, now: now.getTime() }
  throw noRetention(database.name)
}
