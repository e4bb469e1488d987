/** How many requests a worker is through with, counted in memory that both threads see. */
export class Progress {
  readonly #count: Int32Array<SharedArrayBuffer>

  /** `buffer` is that of the other thread's `Progress`; new unless given. */
  constructor(buffer = new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT)) {
    this.#count = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#count.buffer
  }

  /** Requests done of those that a process which ends waits for. */
  get through(): number {
    return Atomics.load(this.#count, 0)
  }

  /** One more is done. */
  pass(): void {
    Atomics.add(this.#count, 0, 1)
    Atomics.notify(this.#count, 0)
  }

  /** Blocks while `through` is what it was, at most `timeoutMs`. */
  wait(through: number, timeoutMs: number): void {
    Atomics.wait(this.#count, 0, through, timeoutMs)
  }

  /** Sets the count, for a worker that died. */
  reset(through: number): void {
    Atomics.store(this.#count, 0, through)
  }
}
