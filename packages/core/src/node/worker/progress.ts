/** What a journal's worker is through with, counted in memory that both threads see. */
export class Progress {
  readonly #counts: Int32Array

  /** `buffer` is that of the other thread's `Progress`; new unless given. */
  constructor(buffer = new SharedArrayBuffer(COUNTS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#counts = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#counts.buffer as SharedArrayBuffer
  }

  /** Requests done of those that a process which ends waits for. */
  get through(): number {
    return Atomics.load(this.#counts, THROUGH)
  }

  /**
   * Appends stored, for a thread that was told of `refused` ones; 0 while it is not told of all, as
   * it is not known then which were stored.
   */
  stored(refused: number): number {
    const appends = Atomics.load(this.#counts, APPENDS)
    return Atomics.load(this.#counts, REFUSED) === refused ? appends : 0
  }

  /** To be told before whoever asked is. */
  refuse(): void {
    Atomics.add(this.#counts, REFUSED, 1)
  }

  /** To be told after whoever asked for an append is. */
  passAppend(): void {
    Atomics.add(this.#counts, APPENDS, 1)
  }

  /** To be told last, of what is waited for. */
  pass(): void {
    Atomics.add(this.#counts, THROUGH, 1)
    Atomics.notify(this.#counts, THROUGH)
  }

  /** Blocks while `through` is what it was, at most `timeoutMs`. */
  wait(through: number, timeoutMs: number): void {
    Atomics.wait(this.#counts, THROUGH, through, timeoutMs)
  }

  /** Sets the counts, for a worker that died. */
  reset(through: number, appends: number, refused: number): void {
    Atomics.store(this.#counts, REFUSED, refused)
    Atomics.store(this.#counts, APPENDS, appends)
    Atomics.store(this.#counts, THROUGH, through)
  }
}

const THROUGH = 0
const APPENDS = 1
const REFUSED = 2
const COUNTS = 3
