/** The share that is usual, and the one that is to be found, from 0 to 1. */
export interface Shares {
  readonly usual: number
  readonly raised: number
}

/** What a look at one more call has shown. */
export type ShiftNews = 'raised' | 'ended' | undefined

/**
 * Evidence that is needed for an alarm, as the logarithm of how much likelier the raised share is: some millions of
 * calls pass between two alarms where nothing happens.
 */
const RAISE = 18
const END = 12
/** What is raised for so long is the usual now, in milliseconds. */
const LONGEST_MS = 24 * 3_600_000

/**
 * Finds the moment from which a share of calls is raised: the cumulative sum of log-likelihood ratios (Page, 1954),
 * which needs the fewest calls of all tests with as few false alarms.
 */
export class ShareShift {
  #sum = 0
  #since = 0
  #isRaised = false

  /** Whether the share is raised. */
  get isRaised(): boolean {
    return this.#isRaised
  }

  /** When the evidence at hand began, Unix time in milliseconds. */
  get since(): number {
    return this.#since
  }

  /** Adds one call: whether it is one of those that are counted, and when it ended. */
  add(isCounted: boolean, at: number, { usual, raised }: Shares): ShiftNews {
    const ratio = isCounted ? Math.log(raised / usual) : Math.log((1 - raised) / (1 - usual))
    const next = this.#sum + (this.#isRaised ? -ratio : ratio)
    if (this.#sum === 0 && !this.#isRaised) this.#since = at
    this.#sum = Math.max(0, next)
    if (!this.#isRaised && this.#sum > RAISE) {
      this.#turn(true)
      return 'raised'
    }
    if (this.#isRaised && (this.#sum > END || at - this.#since > LONGEST_MS)) {
      this.#turn(false)
      return 'ended'
    }
    return undefined
  }

  #turn(isRaised: boolean): void {
    this.#isRaised = isRaised
    this.#sum = 0
  }
}
