/** How long one step keeps others waiting, in milliseconds, where it can be made that short. */
export const STEP_MS = 8

/** How many of something one step takes: as many as fit into its time, by how long the last one took. */
export class StepSize {
  readonly #fewest: number
  readonly #most: number
  #count: number

  /** A step takes `fewest` at least, as the first one does, and `most` at most. */
  constructor(fewest: number, most = Number.MAX_SAFE_INTEGER) {
    this.#count = fewest
    this.#fewest = fewest
    this.#most = most
  }

  /** How many the next step takes. */
  get count(): number {
    return this.#count
  }

  /** Hears how long a step took, in milliseconds, and how many it took. */
  took(ms: number, count = this.#count): void {
    const fitting = (count * STEP_MS) / Math.max(ms, 0.1)
    // The last of many may be few: they say nothing of how many more would have fitted.
    const next = Math.floor(Math.min(fitting, 2 * this.#count))
    if (count < this.#count && next >= count) return
    this.#count = Math.max(this.#fewest, Math.min(next, this.#most))
  }
}

/** Does work bit by bit, until `goOn` says that none is left, and lets others work whenever a step is over. */
export function* inSteps(goOn: () => boolean): Generator<void> {
  for (let began = performance.now(); goOn(); ) {
    if (performance.now() - began < STEP_MS) continue
    yield
    began = performance.now()
  }
}

/** Some items at a time, as many as `most` says then. */
export function* batchesOf<Item>(items: Iterator<Item>, most: () => number): Generator<Item[]> {
  for (;;) {
    const some: Item[] = []
    for (const count = most(); some.length < count; ) {
      const { done, value } = items.next()
      if (done) break
      some.push(value)
    }
    if (some.length === 0) return
    yield some
  }
}

/** How long the log is left to others at least, in milliseconds. */
const PAUSE_MS = 5
/**
 * How many times as long as they could not write others can, then: somebody who waits asks again after 1, 3, 8, 18 and 33
 * milliseconds, and is not to find it held each time.
 */
const FREE = 4
/** How long at most, in milliseconds: whoever waits longer asks again within that. */
const MOST_PAUSE_MS = 50

/** Whether steps that took so long together, in milliseconds, have to leave the log to others before the next one. */
export function isPauseDue(tookMs: number): boolean {
  return tookMs >= STEP_MS / 2
}

/** How long the log is to be left to others who were kept from writing it for so long, in milliseconds. */
export function pauseAfter(heldMs: number): number {
  return Math.max(PAUSE_MS, Math.min(FREE * heldMs, MOST_PAUSE_MS))
}
