import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'
import { takeHeldTime } from '../upkeep/held-time.ts'
import { isPauseDue, pauseAfter } from '../upkeep/step-size.ts'
import { Compaction } from './compaction.ts'

/** When the first run begins after opening, in milliseconds: what ends sooner has no time for it. */
const FIRST_MS = 600_000
/** The time between two runs. */
const EVERY_MS = 86_400_000
/** How long after a failure it is tried again. */
const RETRY_MS = 3_600_000

/** When runs begin, in milliseconds. */
export interface CompactionTimes {
  readonly firstMs?: number
}

/** Compresses what is cold in a journal's thread, step by step, once a day. */
export class BackgroundCompaction {
  readonly #database: Database
  readonly #coldMs: number
  readonly #failed: (problem: AuditError) => void
  #timer: ReturnType<typeof setTimeout> | undefined
  #steps: Generator<void> | undefined
  #told: string | undefined

  /**
   * `coldMs` is how old records are that are cold; nothing is compressed without it. `failed` hears what failed, once as
   * long as it stays the same.
   */
  constructor(
    database: Database,
    coldMs: number | undefined,
    failed: (problem: AuditError) => void,
    { firstMs = FIRST_MS }: CompactionTimes = {}
  ) {
    this.#database = database
    this.#coldMs = coldMs ?? 0
    this.#failed = failed
    if (coldMs !== undefined) this.#later(firstMs)
  }

  /** Ends it; what a run has not reached waits for the next one. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#steps?.return(undefined)
  }

  #later(delayMs: number): void {
    this.#timer = setTimeout(() => this.#go(), delayMs)
  }

  #go(): void {
    try {
      this.#steps ??= new Compaction(this.#database, Date.now() - this.#coldMs).steps()
      const began = performance.now()
      if (!this.#steps.next().done) {
        const isLong = isPauseDue(performance.now() - began)
        this.#later(isLong ? pauseAfter(takeHeldTime(this.#database)) : 1)
        return
      }
      this.#told = undefined
      this.#steps = undefined
      this.#later(EVERY_MS)
    } catch (cause) {
      this.#steps = undefined
      const message = `old records were not compressed (${messageOf(cause)}); it is tried again later, and calls are recorded all the same`
      if (this.#told !== message) this.#failed(new AuditError('journal_failed', message, { cause }))
      this.#told = message
      this.#later(RETRY_MS)
    }
  }
}
