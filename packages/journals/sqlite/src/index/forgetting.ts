import type { IndexRange } from '@slm-audit/core/journal'
import { ROLLUP_MS } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'

/** Takes calls out of an index that go, or have gone, from the evidence; in transactions of its caller's. */
export class Forgetting {
  readonly #evidence: Database
  readonly #index: Database

  constructor(evidence: Database, index: Database) {
    this.#evidence = evidence
    this.#index = index
  }

  /**
   * Has calls forgotten that begin in a range and are about to go: `forget` is given each. Returns the hours, since
   * 1970, that they were counted in.
   */
  forget(
    range: IndexRange,
    goes: (index: number) => boolean,
    forget: (id: number, auditId: string) => void
  ): Set<number> {
    const hours = new Set<number>()
    for (const [id, auditId, at] of this.#calls(range)) {
      if (!goes(id)) continue
      hours.add(Math.floor(at / ROLLUP_MS))
      forget(id, auditId)
    }
    return hours
  }

  /** Drops calls of which the evidence has nothing any more: what somebody indexed while they went. */
  sweep(ranges: readonly IndexRange[]): void {
    const isThere = this.#evidence.prepare('SELECT 1 FROM records WHERE idx = ?')
    for (const range of ranges) {
      for (const [id] of this.#calls(range)) if (isThere.get(id) === undefined) this.drop(id)
    }
  }

  /** Drops what the index has of one call. */
  drop(id: number): void {
    prepared(this.#index, 'DELETE FROM texts WHERE rowid = ?').run(id)
    prepared(this.#index, 'DELETE FROM calls WHERE id = ?').run(id)
  }

  #calls([from, to]: IndexRange): [id: number, auditId: string, at: number][] {
    const sql = 'SELECT id, audit_id, received_at FROM calls WHERE id >= ? AND id < ?'
    return this.#index.prepare(sql).raw().all(from, to) as [number, string, number][]
  }
}
