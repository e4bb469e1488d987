/** Enough for a few of most records, each with its header. */
const ROOM_BYTES = 2 ** 20

/** Bytes for the records at hand, used again for the next: what `allocate` of a `Sealer` may give. */
export class ScratchBuffer {
  #bytes = new Uint8Array(ROOM_BYTES)
  #used = 0
  #isFull = false

  /** Whether bytes had to be taken from elsewhere. */
  get isFull(): boolean {
    return this.#isFull
  }

  /** Gives all bytes again: what they held has been stored, or copied. */
  clear(): void {
    this.#used = 0
    this.#isFull = false
  }

  /** So many bytes, which hold anything. */
  take(size: number): Uint8Array {
    this.#isFull ||= size > this.#bytes.length - this.#used
    if (this.#isFull) return new Uint8Array(size)
    this.#used += size
    return this.#bytes.subarray(this.#used - size, this.#used)
  }
}
