import {
  type AuditError,
  noRetention,
  type RetainedLog,
  ScheduledRetention
} from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { takeHeldTime } from '../store/upkeep/held-time.ts'
import { isPauseDue, pauseAfter } from '../store/upkeep/step-size.ts'
import type { Writer } from '../store/writer.ts'
import { newestRetention } from './newest-policy.ts'
import { RETAINING } from './pending-retention.ts'
import { retaining } from './retaining.ts'

/** What a journal gives to its retention. */
export interface RetentionHost {
  readonly database: Database
  readonly file: string
  readonly writer: Writer
  /** Hears that records were added. */
  appended(): void
  /** Hears that a run has ended, which may have destroyed data keys. */
  ended(): void
  /** Hears what failed, once as long as it stays the same. */
  failed(problem: AuditError): void
}

/** Runs retention of a database in a journal's thread. */
export class BackgroundRetention extends ScheduledRetention {
  /** `everyMs` is the time between two runs; none are begun without it. */
  constructor(host: RetentionHost, everyMs: number | undefined) {
    super(retained(host), everyMs)
  }
}

function retained(host: RetentionHost): RetainedLog {
  const { database, file, writer } = host
  return {
    isPending: () => RETAINING.in(database) !== undefined,
    begin(now) {
      const pending = RETAINING.in(database) ?? newestRetention(database)
      if (!pending) throw noRetention(file)
      return together(retaining(database, file, writer, { now, ...pending }).steps, host)
    },
    failed: (problem) => host.failed(problem)
  }
}

/** Steps that follow each other at once while they are short; the journal hears that they added records. Gives pauses. */
function* together(steps: Generator<void>, host: RetentionHost): Generator<number> {
  const { database, writer } = host
  let size = writer.size()
  const tell = () => {
    if (writer.size() > size) host.appended()
    size = writer.size()
  }
  let began = performance.now()
  for (const _ of steps) {
    if (!isPauseDue(performance.now() - began)) continue
    tell()
    yield pauseAfter(takeHeldTime(database))
    began = performance.now()
  }
  tell()
  host.ended()
}
