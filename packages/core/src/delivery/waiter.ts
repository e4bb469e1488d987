/** Somebody who waits until `target` records are delivered. */
export interface Waiter {
  readonly target: number
  /** Whether the exporter was failing already: then one more attempt is enough. */
  readonly wasFailing: boolean
  /** Rounds begun when the wait began. */
  readonly rounds: number
  /** Waiting longer is of no use; by `tick`. */
  readonly deadline: number
  readonly resolve: () => void
}
