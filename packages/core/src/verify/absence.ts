import type { RangeFindings } from './stored-log.ts'

/**
 * Weighs contents that are gone against the records of erasures, which come later in the log: what none
 * of them names was destroyed.
 */
export class Absence {
  /** By commitment, the first index of what is gone and not explained so far. */
  readonly #gone = new Map<string, number>()
  readonly #erased = new Set<string>()

  /** Takes the findings of one range. */
  add({ gone, erased }: Pick<RangeFindings, 'gone' | 'erased'>): void {
    for (const commitment of erased) {
      this.#erased.add(commitment)
      this.#gone.delete(commitment)
    }
    for (const [commitment, index] of gone) {
      const isExplained = this.#erased.has(commitment) || this.#gone.has(commitment)
      if (!isExplained) this.#gone.set(commitment, index)
    }
  }

  /** How many contents and parts are gone without an explanation. */
  get unexplained(): number {
    return this.#gone.size
  }

  /** The first record that lacks one of them. */
  get firstUnexplained(): number | undefined {
    let first: number | undefined
    for (const index of this.#gone.values()) if (first === undefined || index < first) first = index
    return first
  }
}
