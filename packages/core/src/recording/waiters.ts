import type { AuditError } from '../base/error.ts'

interface Waiter {
  readonly sequence: number
  readonly resolve: () => void
  readonly reject: (problem: AuditError) => void
  /** Whether it asks for all frames so far, and hears of a failure that may pass. */
  readonly isFlush: boolean
}

/** Those who wait until frames of a carrier are kept. */
export class Waiters {
  #waiting: Waiter[] = []

  get any(): boolean {
    return this.#waiting.length > 0
  }

  /** Settles when the frame is kept, or all up to it are where it `isFlush`. */
  wait(sequence: number, isFlush: boolean): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ sequence, resolve, reject, isFlush })
    })
  }

  /** All frames up to `sequence` are kept. */
  kept(sequence: number): void {
    for (const waiter of this.#take((one) => one.sequence <= sequence)) waiter.resolve()
  }

  /** One frame is kept, whatever became of those before. */
  keptOne(sequence: number): void {
    for (const waiter of this.#take((one) => !one.isFlush && one.sequence === sequence))
      waiter.resolve()
  }

  /** Carrying failed, and is tried again. */
  failed(problem: AuditError): void {
    for (const waiter of this.#take((one) => one.isFlush)) waiter.reject(problem)
  }

  /** A frame will never be kept; all that wait, where `sequence` is left out. */
  lost(problem: AuditError, sequence?: number): void {
    const isLost = (one: Waiter) =>
      sequence === undefined || (!one.isFlush && one.sequence === sequence)
    for (const waiter of this.#take(isLost)) waiter.reject(problem)
  }

  #take(which: (waiter: Waiter) => boolean): Waiter[] {
    if (this.#waiting.length === 0) return []
    const taken = this.#waiting.filter(which)
    if (taken.length > 0) this.#waiting = this.#waiting.filter((one) => !which(one))
    return taken
  }
}
