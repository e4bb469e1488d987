import { AuditError, messageOf } from '@slm-audit/core/journal'
import { isBusy } from '../driver/busy.ts'
import type { IndexFile } from './index-file.ts'

/** How long a record waits for the index at most, where few come: each step writes some pages. */
const AGE_MS = 10_000
/** Records that make a step worth while. */
const MANY = 500
/** How long one step takes, and at least as long the journal has the thread for itself. */
const STEP_MS = 20
/** How long steps add to one transaction: pages that several of them change, and pieces of texts, are then written once. */
const OPEN_MS = 500
/** What is indexed at the end of the journal: only a little, as closing waits for nothing derived. */
const LAST_MS = 40
/** How long nothing came when what searches look into is merged, though little was added. */
const QUIET_MS = 10_000
/** How soon it is tried again while somebody else writes the index, and how often before that is a failure. */
const BUSY_MS = 25
const MOST_BUSY = 400
/** How long after a failure it is tried again. */
const PAUSE_MS = 30_000

/** Keeps the index some seconds behind the log. Whatever fails here is told once, and ends nothing. */
export class BackgroundIndex {
  readonly #index: IndexFile
  readonly #report: (problem: AuditError) => void
  readonly #tidy: () => boolean
  #isTidy = false
  #timer: NodeJS.Timeout | undefined
  #dueAt = Number.POSITIVE_INFINITY
  #reached = 0
  #failed: string | undefined
  /** How often somebody else was writing the index since it went on last. */
  #busy = 0
  /** When it heard of records last. */
  #heardAt = 0

  /**
   * `report` hears of a failure, once as long as it stays the same. `tidy` is done now and then while
   * the index is not behind, until it says that nothing is left to do; then what searches look into is merged.
   */
  constructor(
    index: IndexFile,
    report: (problem: AuditError) => void,
    tidy: () => boolean = () => true
  ) {
    this.#index = index
    this.#report = report
    this.#tidy = tidy
  }

  /** Hears the log's size after each batch. Never puts off what is due. */
  soon(size: number): void {
    this.#heardAt = performance.now()
    const isPaused = this.#failed !== undefined
    this.#schedule(isPaused ? PAUSE_MS : size - this.#reached >= MANY ? 0 : AGE_MS)
  }

  /** Ends indexing; what is left is indexed when the log is opened again, and found by readers until then. */
  stop(): void {
    clearTimeout(this.#timer)
    this.#advance(LAST_MS)
    this.#index.close()
  }

  #schedule(delayMs: number): void {
    const at = performance.now() + delayMs
    if (at >= this.#dueAt) return
    clearTimeout(this.#timer)
    this.#dueAt = at
    this.#timer = setTimeout(() => this.#step(), delayMs)
  }

  #step(): void {
    this.#dueAt = Number.POSITIVE_INFINITY
    const began = performance.now()
    const isAtEnd = this.#advance(STEP_MS, OPEN_MS)
    if (isAtEnd && this.#failed !== undefined) return
    const quietInMs = this.#heardAt + QUIET_MS - began
    if (isAtEnd && this.#isAllTidy(quietInMs <= 0)) {
      if (quietInMs > 0) this.#schedule(quietInMs)
      return
    }
    this.#schedule(this.#busy > 0 ? BUSY_MS : performance.now() - began)
  }

  /** Tidies for one step; whether nothing is left to do now. */
  #isAllTidy(isQuiet: boolean): boolean {
    try {
      if (this.#isTidy) return this.#index.merge(isQuiet)
      this.#isTidy = this.#tidy()
      return false
    } catch {
      // What is in nobody's way can stay there until the log is opened again.
      const wasTidy = this.#isTidy
      this.#isTidy = true
      return wasTidy
    }
  }

  /** True when there is nothing to go on with now. */
  #advance(budgetMs: number, openMs = 0): boolean {
    try {
      const isAtEnd = this.#index.advance({ deadline: performance.now() + budgetMs, openMs })
      this.#reached = this.#index.reached()
      this.#failed = undefined
      this.#busy = 0
      return isAtEnd
    } catch (cause) {
      // The thread has other work than to wait.
      if (isBusy(cause) && ++this.#busy < MOST_BUSY) return false
      this.#busy = 0
      const message = `the index of the audit log is not kept up (${messageOf(cause)}); records are stored all the same, and slm-audit reindex makes it anew`
      if (this.#failed !== message) {
        this.#report(new AuditError('index_behind', message, { cause }))
      }
      this.#failed = message
      return true
    }
  }
}
