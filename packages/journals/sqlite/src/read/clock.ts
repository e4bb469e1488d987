/** Says when a piece of work has taken too long where it runs, and when nobody waits for it any more. */
export class Clock {
  readonly #deadline: number
  readonly #stop: Int32Array | undefined

  /**
   * @param budgetMs From now; for ever unless given.
   * @param stop Shared memory in which another thread says by a 1 that nobody waits any more.
   */
  constructor(budgetMs = Number.POSITIVE_INFINITY, stop?: Int32Array) {
    this.#deadline = performance.now() + budgetMs
    this.#stop = stop
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

  /** Throws `OUT_OF_TIME` at the end, and `STOPPED` where nobody waits any more. */
  check(): void {
    if (this.#stop && Atomics.load(this.#stop, 0) !== 0) throw STOPPED
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

/** Thrown in a thread where nobody waits for its work any more; never reaches an application. */
export const STOPPED = new Error('nobody waits for this work any more')
