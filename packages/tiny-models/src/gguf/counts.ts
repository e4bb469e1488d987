/** Smoothed shares of what was seen with what: P(value | given). */
export class Counts {
  readonly #times = new Map<number, Map<string, number>>()
  readonly #totals = new Map<number, number>()

  add(given: number, value: string): void {
    const row = this.#times.get(given) ?? new Map<string, number>()
    this.#times.set(given, row.set(value, (row.get(value) ?? 0) + 1))
    this.#totals.set(given, (this.#totals.get(given) ?? 0) + 1)
  }

  /** How often `value` was seen with `given`. */
  times(given: number, value: string): number {
    return this.#times.get(given)?.get(value) ?? 0
  }

  /** The logarithm of the share of `value` among all that was seen with `given`; never -Infinity. */
  logShare(given: number, value: string): number {
    const total = this.#totals.get(given) ?? 0
    return Math.log((this.times(given, value) + 0.001) / (total + 0.1))
  }
}
