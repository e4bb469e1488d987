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
  /**
   * The same behind those of the last event that were handed over, since what comes may tell that it was the last. A list
   * of its own, as it is asked for with each chunk, and chunks may be single bytes.
   */
  #recent = this.#waiting
  #block = NO_BLOCK
  #used = 0
  #nextSize = FIRST_BLOCK

  /** Chunks in which the last event is whole, unless it is larger than what may wait. */
  get recent(): readonly BodyChunk[] {
    return this.#recent
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
    const kept = this.#kept(chunk)
    this.#waiting.push(kept)
    if (this.#recent !== this.#waiting) this.#recent.push(kept)
  }

  /** What waits is handed over. */
  take(framing: Framing | undefined): readonly BodyChunk[] {
    const taken = this.#waiting
    const last = framing === undefined ? [] : lastEvent(this.#recent, framing, true)
    const size = last.reduce((sum, { length }) => sum + length, 0)
    this.#waiting = []
    this.#recent = last.length === 0 || size > MOST_WAITING ? this.#waiting : [...last]
    this.#size = 0
    return taken
  }

  #kept(chunk: BodyChunk): BodyChunk {
    if (typeof chunk === 'string') return chunk
    const isOwn = this.#waiting.length === 0 || chunk.length > this.#nextSize
    return isOwn ? new Uint8Array(chunk) : this.#copy(chunk)
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
