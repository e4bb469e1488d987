import { AuditError, refuseUnknown } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import { hasSchema } from './driver/has-schema.ts'
import { ageMs, COLD_AFTER } from './store/cold/cold-after.ts'
import { Compaction, type CompactReport } from './store/cold/compaction.ts'
import { openForReading, openForWriting } from './store/open-database.ts'
import { slowly } from './store/upkeep/slowly.ts'

/** Options of `compactDatabase`. */
export interface CompactOptions {
  /** How old records are that are compressed: `30d` (the default), `12h`, `4w`; `0d` for all that are there. */
  readonly coldAfter?: string
  /** Says what would be compressed, and changes nothing; false unless given. */
  readonly dryRun?: boolean
  /** Hears now and then what was compressed so far. */
  readonly onProgress?: (soFar: CompactReport) => void
}

const OPTIONS = ['coldAfter', 'dryRun', 'onProgress']

/**
 * Compresses the headers and contents of a log's old records in blocks, and gives the space back to the file system.
 * What is read, proved and verified stays the same to the byte, and each content can be erased as before. Applications
 * may go on writing the log: each step is some milliseconds long, and one that is killed leaves the log whole.
 *
 * Rejects with AuditError `bad_option`, and as opening a log does.
 */
export async function compactDatabase(
  path: string,
  options: CompactOptions = {}
): Promise<CompactReport> {
  refuseUnknown('compactDatabase', options, OPTIONS)
  const { coldAfter = COLD_AFTER, dryRun = false, onProgress } = options
  const before = Date.now() - ageMs(coldAfter)
  const file = realFile(path)
  // First, so that no log is made where there is none.
  openForReading(file).close()
  const database = dryRun ? openForReading(file) : openForWriting(file, 'process', '')
  try {
    if (!hasSchema(database, 'blocks')) throw needsWriting(file)
    // One state of the log, whatever is written meanwhile.
    if (dryRun) database.exec('BEGIN')
    const run = new Compaction(database, before)
    await slowly(database, dryRun ? run.rehearse() : run.steps(), () => onProgress?.(run.report))
    return run.report
  } finally {
    database.close()
  }
}

function needsWriting(file: string): AuditError {
  const message = `${file} is of an earlier version, which compresses nothing; open it once in an application, or compact it without a dry run`
  return new AuditError('journal_unavailable', message)
}
