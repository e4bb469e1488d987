import type { AuditError } from '../../base/error.ts'

interface FrameWait {
  readonly sequence: number
  readonly resolve: () => void
  readonly reject: (problem: AuditError) => void
}

/** Who waits until frames are kept. */
export class FrameWaits {
  #waits: FrameWait[] = []

  get areAny(): boolean {
    return this.#waits.length > 0
  }

  /** Waits for a frame. A rejection that nobody looks at harms nobody. */
  add(sequence: number): Promise<void> {
    const kept = new Promise<void>((resolve, reject) => {
      this.#waits.push({ sequence, resolve, reject })
    })
    kept.catch(() => undefined)
    return kept
  }

  /** All frames up to a sequence are kept. */
  reached(sequence: number): void {
    for (const wait of this.#take((each) => each.sequence <= sequence)) wait.resolve()
  }

  /** A frame will never be kept. */
  lost(sequence: number, problem: AuditError): void {
    for (const wait of this.#take((each) => each.sequence === sequence)) wait.reject(problem)
  }

  /** Nothing that is waited for is known to be kept. */
  fail(problem: AuditError): void {
    for (const wait of this.#take(() => true)) wait.reject(problem)
  }

  #take(isTaken: (wait: FrameWait) => boolean): readonly FrameWait[] {
    if (this.#waits.length === 0) return []
    const taken = this.#waits.filter(isTaken)
    if (taken.length > 0) this.#waits = this.#waits.filter((wait) => !isTaken(wait))
    return taken
  }
}
