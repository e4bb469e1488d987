import { setTimeout as sleep } from 'node:timers/promises'
import type { GrowthWatch, Reader } from '@slm-audit/core/reader'

/** So often the log is looked at where nobody tells that it has grown. */
const POLL_MS = 250
/** The same where somebody does: a notice may be lost. */
const LIVE_POLL_MS = 10_000
/** Between two looks at a log that grows all the time. */
const LEAST_MS = 50

/** Waits for a log to grow, time after time, for whoever follows it. */
export class Following implements Disposable {
  readonly #watch: GrowthWatch | undefined
  #wake = new AbortController()

  /** Begins to listen where the log's store tells of growth. */
  constructor(reader: Reader) {
    this.#watch = reader.watch?.(() => this.#wake.abort())
  }

  /** Resolves when the log may have grown since the last time. */
  async next(): Promise<void> {
    await sleep(LEAST_MS)
    const { signal } = this.#wake
    const pollMs = (this.#watch?.isLive ? LIVE_POLL_MS : POLL_MS) - LEAST_MS
    await sleep(pollMs, undefined, { signal }).catch(() => undefined)
    this.#wake = new AbortController()
  }

  [Symbol.dispose](): void {
    this.#watch?.[Symbol.dispose]()
  }
}
