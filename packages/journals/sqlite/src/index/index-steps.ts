import type { Database } from '../driver/database.ts'
import type { Gathered } from './gathered.ts'

/** Changes an index by steps, several of which one transaction may have. */
export class IndexSteps {
  readonly #evidence: Database
  readonly #index: Database
  readonly #gathered: Gathered
  /** When the transaction that is open was begun. */
  #begunAt = 0

  constructor(evidence: Database, index: Database, gathered: Gathered) {
    this.#evidence = evidence
    this.#index = index
    this.#gathered = gathered
  }

  /**
   * Runs a step by one state of the evidence: else each of its reads would take and give back locks. A transaction that is
   * younger than `openMs` stays open for the next step, unless this one says, by `true`, that it was the last. Throws what
   * the step throws, after which the index is as before the transaction.
   */
  run<T>(step: () => T, openMs = 0): T {
    if (!this.#index.inTransaction) this.#begin()
    try {
      const result = this.#evidence.inTransaction ? step() : this.#evidence.transaction(step)()
      if (result === true || performance.now() - this.#begunAt >= openMs) this.#commit()
      return result
    } catch (error) {
      // SQLite may have undone it by itself.
      if (this.#index.inTransaction) this.#index.exec('ROLLBACK')
      throw error
    }
  }

  #begin(): void {
    this.#gathered.clear()
    this.#index.exec('BEGIN IMMEDIATE')
    this.#begunAt = performance.now()
  }

  #commit(): void {
    this.#gathered.flush()
    this.#index.exec('COMMIT')
  }
}
