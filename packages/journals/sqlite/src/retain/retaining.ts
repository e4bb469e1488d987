import { AuditError, type PendingRetention, type RetentionReport } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { IndexFile } from '../index/index-file.ts'
import { tryLock } from '../store/exporter-lock.ts'
import { giveBack } from '../store/upkeep/give-back.ts'
import { keepLogSmall } from '../store/upkeep/small-log.ts'
import { STEP_MS } from '../store/upkeep/step-size.ts'
import type { Writer } from '../store/writer.ts'
import { RETAINING } from './pending-retention.ts'
import { RetentionRun } from './retention-run.ts'

/** A run of retention with all that belongs to it, in steps. */
export interface Retaining {
  readonly steps: Generator<void>
  report(): RetentionReport
}

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
    const index = new IndexFile(database, file)
    try {
      const isResumed = RETAINING.in(database) !== undefined
      RETAINING.save(database, pending)
      const size = writer.size()
      yield* keepLogSmall(database, run.steps(writer, index))
      if (isResumed || writer.size() > size) {
        yield* run.destroyKeys()
        yield* purge(index)
      }
      RETAINING.end(database)
      yield* giveBack(database)
    } finally {
      index.close()
      lock.release()
    }
  }
  return { steps: steps(), report: () => run.report }
}

function* purge(index: IndexFile): Generator<void> {
  while (!index.advance({ deadline: performance.now() + STEP_MS })) yield
  yield* index.purgeSlowly()
}
