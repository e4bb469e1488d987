import { CONTENTS_EXPIRED, RECORDS_PRUNED } from '../record/retention-record.ts'
import { newAgedRanges } from './aged-ranges.ts'
import { FlawFound } from './flaw.ts'
import type { AgedRange, RangeFindings } from './stored-log.ts'

/** What is wrong where retention is said to have taken something, and no record says so. */
const FLAWS = {
  [RECORDS_PRUNED]: {
    kind: 'missing',
    detail: 'the record is not in the store, and no record of retention says so'
  },
  [CONTENTS_EXPIRED]: {
    kind: 'content missing',
    detail: 'its contents are said to have expired, and no record of retention says so'
  }
} as const

/**
 * Weighs what a store says that retention took against the records that say so, which come later in the
 * log: the store alone is not believed.
 */
export class Retained {
  readonly #claimed: AgedRange[] = []
  readonly #said = newAgedRanges()
  /** How many records are gone whole. */
  pruned = 0

  /** Takes the findings of one range. */
  add({ aged, aging }: Pick<RangeFindings, 'aged' | 'aging'>): void {
    this.#claimed.push(...aged)
    for (const { kind, range } of aging) this.#said[kind].add(range)
    for (const { kind, range } of aged) {
      if (kind === RECORDS_PRUNED) this.pruned += range[1] - range[0]
    }
  }

  /** Throws the flaw of the first record of which nothing in the log says where it, or what it had, went. */
  check(): void {
    for (const { kind, range } of this.#claimed) {
      const index = this.#said[kind].missingIn(range)
      if (index === undefined) continue
      throw new FlawFound(index, FLAWS[kind].kind, FLAWS[kind].detail)
    }
  }
}
