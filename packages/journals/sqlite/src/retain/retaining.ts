import { AuditError, type PendingRetention, type RetentionReport } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { IndexFile } from '../index/index-file.ts'
import { tryLock } from '../store/exporter-lock.ts'
import { giveBack } from '../store/upkeep/give-back.ts'
import { keepLogSmall } from '../store/upkeep/small-log.ts'
import { STEP_MS } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'
import type { Writer } from '../store/writer.ts'
import { RETAINING } from './pending-retention.ts'
import { RetentionRun } from './retention-run.ts'

/** A run of retention with all that belongs to it, in steps. */
export interface Retaining {
  readonly steps: Generator<void>
  report(): RetentionReport
}

/** How long a step waits for whoever writes the index, in milliseconds, before others have their turn. */
const BUSY_MS = 10

/**
 * Begins a run: it takes what is due, brings the index along, and gives space back. Its first step throws AuditError
 * `journal_unavailable` while another process is at it.
 */
export function retaining(
  database: Database,
  file: string,
  writer: Writer,
  pending: PendingRetention
): Retaining {
  const run = new RetentionRun(database, pending)
  const steps = function* (): Generator<void> {
    const lock = tryLock(`${file}-retention`)
    if (!lock) {
      const message = `another process runs the retention of ${file}; wait for its end, then try again`
      throw new AuditError('journal_unavailable', message)
    }
    const index = new IndexFile(database, file, BUSY_MS)
    try {
      const isResumed = RETAINING.in(database) !== undefined
      RETAINING.save(database, pending)
      const size = writer.size()
      yield* keepLogSmall(database, run.steps(writer, index))
      if (isResumed || writer.size() > size) {
        yield* index.settle()
        yield* run.destroyKeys()
        yield* purge(index, writer.size())
      }
      yield* giveBack(database)
      RETAINING.end(database)
    } finally {
      index.close()
      lock.release()
    }
  }
  return { steps: steps(), report: () => run.report }
}

/** Has the index forget what went before a size of the log: whoever writes may be faster than the index is. */
function* purge(index: IndexFile, until: number): Generator<void> {
  const advance = () => index.advance({ until, deadline: performance.now() + STEP_MS })
  while (!(yield* whenFree(advance))) yield
  yield* index.purgeSlowly()
}
