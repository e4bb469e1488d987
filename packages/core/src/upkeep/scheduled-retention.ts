import { AuditError, messageOf } from '../base/error.ts'

/** How often retention runs beside an application: `true` once a day. */
export type RetentionSchedule = boolean | { readonly everyHours: number }

/** When the first run begins after opening, in milliseconds: the application has its start for itself. */
const FIRST_MS = 10_000
/** What a kill has cut short goes on as soon. */
const RESUME_MS = 100
/** How long after opening a policy may be on its way into the log, in milliseconds. */
const POLICY_MS = 2_000
/** How long others have the log for themselves between two steps, in milliseconds, at least. */
const PAUSE_MS = 5
/** How far a clock may run ahead of the time that has passed since opening, in milliseconds. */
const AHEAD_MS = 86_400_000
/** How long after a failure it is tried again. */
const RETRY_MS = 600_000
const HOUR_MS = 3_600_000
/** Timers take no more than 2³¹ milliseconds. */
const MOST_HOURS = 576

/** The time between two runs in milliseconds; `undefined` where none is asked for. Throws AuditError `bad_option`. */
export function retentionMs(retention: RetentionSchedule | undefined): number | undefined {
  if (retention === undefined || retention === false) return undefined
  const hours = retention === true ? 24 : retention?.everyHours
  if (typeof hours === 'number' && hours > 0 && hours <= MOST_HOURS) return hours * HOUR_MS
  const message = `retention must be true or { everyHours }, more than 0 and ${MOST_HOURS} at most`
  throw new AuditError('bad_option', message)
}

/** A run in steps, between which others write. A number that a step gives is how many milliseconds they are to have at least. */
export type RetentionSteps = Generator<unknown> | AsyncGenerator<unknown>

/** The log that retention runs on. */
export interface RetainedLog {
  /** Whether a run has begun that is not done. */
  isPending(): boolean
  /** Begins a run, or goes on with the one that has begun; `now` decides what is due, in milliseconds. Throws AuditError. */
  begin(now: number): RetentionSteps
  /** Hears what failed, once as long as it stays the same. */
  failed(problem: AuditError): void
}

/** Runs retention in a journal's thread: what a kill has cut short, and on a schedule where one is asked for. */
export class ScheduledRetention {
  readonly #log: RetainedLog
  readonly #everyMs: number | undefined
  readonly #openedAt = performance.now()
  /** When the log was opened, less what `performance.now()` was then. */
  readonly #origin = Date.now() - this.#openedAt
  #timer: ReturnType<typeof setTimeout> | undefined
  #steps: RetentionSteps | undefined
  #told: string | undefined
  #isStopped = false

  /** `everyMs` is the time between two runs; none are begun without it. */
  constructor(log: RetainedLog, everyMs: number | undefined) {
    this.#log = log
    this.#everyMs = everyMs
    if (log.isPending()) this.#later(RESUME_MS)
    else if (everyMs !== undefined) this.#later(Math.min(FIRST_MS, everyMs))
  }

  /** Ends it; a run that is under way goes on when the log is opened again. Resolves once its step is over. */
  async stop(): Promise<void> {
    this.#isStopped = true
    clearTimeout(this.#timer)
    await this.#steps?.return(undefined)
  }

  /** The clock's time, unless it was set far ahead since the log was opened: what is taken out does not come back. */
  #now(): number {
    return Math.min(Date.now(), this.#origin + performance.now() + AHEAD_MS)
  }

  #later(delayMs: number): void {
    if (this.#isStopped) return
    this.#timer = setTimeout(() => void this.#guarded(() => this.#begin()), delayMs)
  }

  #begin(): Promise<void> {
    this.#steps = this.#log.begin(this.#now())
    return this.#step()
  }

  async #step(): Promise<void> {
    const began = performance.now()
    const next = this.#steps?.next()
    // What has no need to wait does not: who stops it meanwhile has its locks back at once.
    const { done: isDone = true, value } = (next instanceof Promise ? await next : next) ?? {}
    if (this.#isStopped) return
    const tookMs = performance.now() - began
    if (!isDone) {
      const run = () => void this.#guarded(() => this.#step())
      const pauseMs = typeof value === 'number' ? value : 0
      this.#timer = setTimeout(run, Math.max(PAUSE_MS, tookMs, pauseMs))
      return
    }
    this.#told = undefined
    if (this.#everyMs !== undefined) this.#later(this.#everyMs)
  }

  async #guarded(run: () => Promise<void>): Promise<void> {
    try {
      await run()
    } catch (cause) {
      this.#steps = undefined
      if (this.#isStopped) return
      const isEarly = performance.now() - this.#openedAt < POLICY_MS
      if (isEarly && (cause as { readonly code?: unknown }).code === 'bad_policy') {
        this.#later(RESUME_MS)
        return
      }
      const problem = AuditError.is(cause)
        ? cause
        : new AuditError(
            'journal_failed',
            `retention stopped (${messageOf(cause)}); it goes on later, and records are stored all the same`,
            { cause }
          )
      if (this.#told !== problem.message) this.#log.failed(problem)
      this.#told = problem.message
      this.#later(Math.min(RETRY_MS, this.#everyMs ?? RETRY_MS))
    }
  }
}
