import type { BodyChunk } from '../base/bytes.ts'
import type { Framing } from './framing.ts'
import { lastEvent } from './last-event.ts'

const FIRST_BLOCK = 1_024
const LARGEST_BLOCK = 65_536
const NO_BLOCK = new Uint8Array(0)
/** So many bytes of an answer wait at most; then they are handed over. */
const MOST_WAITING = 65_536

/**
 * Copies of a body's chunks: an application may overwrite the bytes it was given, or give them away. Small
 * ones share blocks of memory, because one of its own costs a chunk ten times as much.
 */
export class KeptChunks {
  /** Those that were not handed over. */
  #waiting: BodyChunk[] = []
  #size = 0
  /** Those of the last event that were handed over, since what comes may tell that it was the last. */
  #before: readonly BodyChunk[] = []
  #block = NO_BLOCK
  #used = 0
  #nextSize = FIRST_BLOCK

  /** Chunks in which the last event is whole, unless it is larger than what may wait. */
  get recent(): readonly BodyChunk[] {
    return this.#before.length === 0 ? this.#waiting : [...this.#before, ...this.#waiting]
  }

  /** What was not handed over. */
  get waiting(): readonly BodyChunk[] {
    return this.#waiting
  }

  /** Whether so much waits that it should be handed over. */
  get isFull(): boolean {
    return this.#size >= MOST_WAITING
  }

  /** Keeps a chunk as it is now. */
  add(chunk: BodyChunk): void {
    this.#size += chunk.length
    if (typeof chunk === 'string') this.#waiting.push(chunk)
    else if (this.#waiting.length === 0 || chunk.length > this.#nextSize) {
      this.#waiting.push(new Uint8Array(chunk))
    } else this.#waiting.push(this.#copy(chunk))
  }

  /** What waits is handed over. */
  take(framing: Framing | undefined): readonly BodyChunk[] {
    const taken = this.#waiting
    const last = framing === undefined ? [] : lastEvent(this.recent, framing, true)
    const size = last.reduce((sum, { length }) => sum + length, 0)
    this.#before = size > MOST_WAITING ? [] : last
    this.#waiting = []
    this.#size = 0
    return taken
  }

  #copy(chunk: Uint8Array): Uint8Array {
    const { length } = chunk
    if (this.#used + length > this.#block.length) {
      this.#block = new Uint8Array(this.#nextSize)
      this.#used = 0
      this.#nextSize = Math.min(LARGEST_BLOCK, this.#nextSize * 2)
    }
    const copy = this.#block.subarray(this.#used, this.#used + length)
    copy.set(chunk)
    this.#used += length
    return copy
  }
}
