import type { BodyChunk } from '../base/bytes.ts'

const FIRST_BLOCK = 1_024
const LARGEST_BLOCK = 65_536
const NO_BLOCK = new Uint8Array(0)

/**
 * Copies of a body's chunks: an application may overwrite the bytes it was given, or give them away. Small
 * ones share blocks of memory, because one of its own costs a chunk ten times as much.
 */
export class KeptChunks {
  readonly chunks: BodyChunk[] = []
  #block = NO_BLOCK
  #used = 0
  #nextSize = FIRST_BLOCK

  /** Keeps a chunk as it is now. */
  add(chunk: BodyChunk): void {
    if (typeof chunk === 'string') this.chunks.push(chunk)
    else if (this.chunks.length === 0 || chunk.length > this.#nextSize) {
      this.chunks.push(new Uint8Array(chunk))
    } else this.chunks.push(this.#copy(chunk))
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
