/** Says when a piece of work has taken too long where it runs. */
export class Clock {
  readonly #deadline: number

  /** `budgetMs` from now; for ever unless given. */
  constructor(budgetMs = Number.POSITIVE_INFINITY) {
    this.#deadline = performance.now() + budgetMs
  }

  /** `performance.now()` at the end. */
  get deadline(): number {
    return this.#deadline
  }

  /** Whether there is no end. */
  get isEndless(): boolean {
    return this.#deadline === Number.POSITIVE_INFINITY
  }

  /** Throws `OUT_OF_TIME` at the end. */
  check(): void {
    if (performance.now() > this.#deadline) throw OUT_OF_TIME
  }
}

/** Thrown where work has to go on in another thread; never reaches an application. */
export const OUT_OF_TIME = new Error('this work goes on in a thread')
