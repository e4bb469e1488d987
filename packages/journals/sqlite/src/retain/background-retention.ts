import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { pauseAfter } from '../store/upkeep/step-size.ts'
import type { Writer } from '../store/writer.ts'
import { NEXT, retentionIn } from './newest-policy.ts'
import { type PendingRetention, RETAINING } from './pending-retention.ts'
import { retaining } from './retaining.ts'

/** When the first run begins after opening, in milliseconds: the application has its start for itself. */
const FIRST_MS = 10_000
/** What a kill has cut short goes on as soon. */
const RESUME_MS = 100
/** How far a clock may run ahead of the time that has passed since opening, in milliseconds. */
const AHEAD_MS = 86_400_000
/** How long after a failure it is tried again. */
const RETRY_MS = 600_000

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

/** Runs retention in a journal's thread: what a kill has cut short, and on a schedule where one is asked for. */
export class BackgroundRetention {
  readonly #host: RetentionHost
  readonly #everyMs: number | undefined
  /** When the log was opened, less what `performance.now()` was then. */
  readonly #origin = Date.now() - performance.now()
  #timer: NodeJS.Timeout | undefined
  #steps: Generator<void> | undefined
  #told: string | undefined

  /** `everyMs` is the time between two runs; none are begun without it. */
  constructor(host: RetentionHost, everyMs: number | undefined) {
    this.#host = host
    this.#everyMs = everyMs
    const pending = RETAINING.in(host.database)
    if (pending) this.#later(RESUME_MS, pending)
    else if (everyMs !== undefined) this.#later(Math.min(FIRST_MS, everyMs))
  }

  /** Ends it; a run that is under way goes on when the log is opened again. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#steps?.return(undefined)
  }

  /** The clock's time, unless it was set far ahead since the log was opened: what is taken out does not come back. */
  #now(): number {
    return Math.min(Date.now(), this.#origin + performance.now() + AHEAD_MS)
  }

  #later(delayMs: number, pending?: PendingRetention): void {
    this.#timer = setTimeout(() => this.#begin(pending), delayMs)
  }

  #begin(resumed: PendingRetention | undefined): void {
    const { database, file, writer } = this.#host
    this.#guarded(() => {
      const known = resumed ?? retentionIn(database)
      if (!known) {
        const message = `retention is asked for, and no policy of the log says how long records are kept; ${NEXT}`
        throw new AuditError('bad_policy', message)
      }
      this.#steps = retaining(database, file, writer, { now: this.#now(), ...known }).steps
      this.#step()
    })
  }

  #step(): void {
    this.#guarded(() => {
      const began = performance.now()
      const size = this.#host.writer.size()
      let isDone = false
      let pauseMs: number | undefined
      while (!isDone && pauseMs === undefined) {
        isDone = this.#steps?.next().done ?? true
        pauseMs = pauseAfter(performance.now() - began)
      }
      if (this.#host.writer.size() > size) this.#host.appended()
      if (isDone) this.#end()
      else this.#timer = setTimeout(() => this.#step(), pauseMs)
    })
  }

  #end(): void {
    if (this.#everyMs !== undefined) this.#later(this.#everyMs)
    this.#told = undefined
    this.#host.ended()
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (cause) {
      this.#steps = undefined
      const problem = AuditError.is(cause)
        ? cause
        : new AuditError(
            'journal_failed',
            `retention stopped (${messageOf(cause)}); it goes on later, and records are stored all the same`,
            { cause }
          )
      if (this.#told !== problem.message) this.#host.failed(problem)
      this.#told = problem.message
      const pauseMs = Math.min(RETRY_MS, this.#everyMs ?? RETRY_MS)
      this.#later(pauseMs, RETAINING.in(this.#host.database))
    }
  }
}
