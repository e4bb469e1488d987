/** Records that were lost and counted, by records `gap`. */
export interface CountedLosses {
  readonly lostRecords: number
  /** When the first and the last of them were lost, ISO 8601, UTC; absent where no record says so. */
  readonly lostBetween?: { readonly since: string; readonly until: string }
}

/** Adds up what records say to be lost. */
export class LossCount {
  #losses: CountedLosses = { lostRecords: 0 }

  get losses(): CountedLosses {
    return this.#losses
  }

  /** Adds the losses of a range of records. */
  add({ lostRecords, lostBetween }: CountedLosses): void {
    const times = [this.#losses.lostBetween, lostBetween].flatMap((each) => each ?? [])
    const since = times.map((each) => each.since).sort()[0]
    const until = times
      .map((each) => each.until)
      .sort()
      .at(-1)
    const between = since !== undefined && until !== undefined ? { since, until } : undefined
    const records = this.#losses.lostRecords + lostRecords
    this.#losses = { lostRecords: records, ...(between && { lostBetween: between }) }
  }

  /** Adds what a record `gap` says. What an exporter was not given is in the log all the same. */
  addGap({ exporter, records, since, until }: { readonly [name: string]: unknown } = {}): void {
    if (exporter !== undefined) return
    const isTimed = typeof since === 'string' && typeof until === 'string'
    this.add({
      lostRecords: Number(records ?? 0),
      ...(isTimed && { lostBetween: { since, until } })
    })
  }
}
