import { tick } from '../base/clock.ts'
import { computedSince, processorTime } from '../base/processor-time.ts'

/**
 * How long something may compute, from now on. The time that the machine gave to others does not count, where the
 * runtime tells: on a busy machine nothing is cut off that is quick.
 */
export class TimeLimit {
  /** In milliseconds. */
  readonly mostMs: number
  readonly #since = tick()
  readonly #computed = processorTime()

  constructor(mostMs: number) {
    this.mostMs = mostMs
  }

  /** Whether it took longer. */
  get isOver(): boolean {
    if (tick() - this.#since <= this.mostMs) return false
    const computed = computedSince(this.#computed)
    return computed === undefined || computed > this.mostMs
  }
}
