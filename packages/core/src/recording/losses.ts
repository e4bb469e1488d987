/** Records that were lost, and when: what a record `gap` says. */
export interface Loss {
  /** How many. */
  readonly records: number
  /** When the first and the last of them were lost; ISO 8601, UTC. */
  readonly since: string
  readonly until: string
}

/** Counts what is lost until a `gap` could be recorded. */
export class Losses {
  /** How many are counted and not told yet. */
  records = 0
  #since = 0
  #until = 0

  /** Counts records as lost at a time, Unix time in milliseconds. */
  add(records: number, at: number): void {
    if (records === 0) return
    if (this.records === 0) this.#since = at
    this.records += records
    this.#until = Math.max(this.#until, at)
  }

  /** What was lost so far; it counts as told unless it is given back. */
  take(): Loss {
    const [since, until] = [this.#since, this.#until].map((at) => new Date(at).toISOString())
    const loss = { records: this.records, since: since ?? '', until: until ?? '' }
    this.records = 0
    this.#until = 0
    return loss
  }

  /** Takes back what could not be recorded. */
  giveBack({ records, since, until }: Loss): void {
    this.add(records, Date.parse(until))
    this.#since = Date.parse(since)
  }
}
