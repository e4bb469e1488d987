import type { TextIndex } from './text-index.ts'

/** How long no batch came before the text index goes on; it never waits longer than the second. */
const IDLE_MS = 50
const LONGEST_MS = 2_000

/** Builds the text index while no batch waits; a failure is tried again with the next batch. */
export class BackgroundIndex {
  readonly #index: TextIndex
  #timer: NodeJS.Timeout | undefined
  #waitsSince: number | undefined

  constructor(index: TextIndex) {
    this.#index = index
  }

  /** To be told after each batch. */
  soon(): void {
    const now = performance.now()
    this.#waitsSince ??= now
    if (now - this.#waitsSince > LONGEST_MS) return
    clearTimeout(this.#timer)
    this.#timer = setTimeout(() => this.#step(), IDLE_MS)
  }

  /** Indexes what is left, now. */
  finish(): void {
    clearTimeout(this.#timer)
    while (this.#advance());
  }

  #step(): void {
    this.#waitsSince = undefined
    if (this.#advance()) this.#timer = setTimeout(() => this.#step(), 0)
  }

  #advance(): boolean {
    try {
      return this.#index.advance()
    } catch {
      // The index is a convenience: readers look through what it lacks.
      return false
    }
  }
}
