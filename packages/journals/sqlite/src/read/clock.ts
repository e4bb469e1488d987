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

  /** Whether the end has come. */
  get isOver(): boolean {
    return performance.now() > this.#deadline
  }

  /** Throws `OUT_OF_TIME` at the end. */
  check(): void {
    if (this.isOver) throw OUT_OF_TIME
  }
}

/** Thrown where the rest of some work can be done where it is, a little later; never reaches an application. */
export class Unfinished<Result> extends Error {
  /** Goes on until the end of another clock; throws as the work does. */
  readonly goOn: (clock: Clock) => Result

  constructor(goOn: (clock: Clock) => Result) {
    super('this work goes on a little later')
    this.goOn = goOn
  }
}

/** Thrown where work has to go on in another thread; never reaches an application. */
export const OUT_OF_TIME = new Error('this work goes on in a thread')
