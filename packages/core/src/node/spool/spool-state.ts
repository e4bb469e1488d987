import type { Attempts } from './kept-attempts.ts'

/**
 * What the writer of a spool and its reader tell each other, in memory that both threads see. The
 * reader follows the published length and never the size of a file.
 */
export class SpoolState implements Attempts {
  readonly #numbers: Int32Array<SharedArrayBuffer>

  /** `buffer` is that of the other thread's state; new unless given. */
  constructor(buffer = new SharedArrayBuffer(SLOTS * Int32Array.BYTES_PER_ELEMENT)) {
    this.#numbers = new Int32Array(buffer)
  }

  get buffer(): SharedArrayBuffer {
    return this.#numbers.buffer
  }

  /** Says that a segment is whole up to `length` bytes, and wakes the reader if it sleeps. */
  publish(segment: number, length: number): void {
    const numbers = this.#numbers
    if (numbers[SEGMENT] !== segment) {
      // In this order a reader sees too short a length at worst.
      Atomics.store(numbers, LENGTH, 0)
      Atomics.store(numbers, SEGMENT, segment)
    }
    Atomics.store(numbers, LENGTH, length)
    if (Atomics.load(numbers, ASLEEP) === 1 && Atomics.exchange(numbers, ASLEEP, 0) === 1) {
      Atomics.add(numbers, WAKES, 1)
      Atomics.notify(numbers, WAKES)
    }
  }

  /** How far the writer has come: the segment that it writes, and its length in bytes. */
  published(): { readonly segment: number; readonly length: number } {
    for (;;) {
      const segment = Atomics.load(this.#numbers, SEGMENT)
      const length = Atomics.load(this.#numbers, LENGTH)
      if (Atomics.load(this.#numbers, SEGMENT) === segment) return { segment, length }
    }
  }

  /**
   * Resolves once the writer has published more than the reader has seen, at once if it has already.
   * Waiting keeps neither the thread nor the process alive.
   */
  async more(seen: { readonly segment: number; readonly length: number }): Promise<void> {
    const wakes = Atomics.load(this.#numbers, WAKES)
    Atomics.store(this.#numbers, ASLEEP, 1)
    const { segment, length } = this.published()
    const isMore = segment > seen.segment || (segment === seen.segment && length > seen.length)
    if (!isMore) await Atomics.waitAsync(this.#numbers, WAKES, wakes).value
    Atomics.store(this.#numbers, ASLEEP, 0)
  }

  /** The reader has no use any more for segments before this one, nor for `carriedBytes` beside them. */
  release(segment: number, carriedBytes: number): void {
    Atomics.store(this.#numbers, CARRIED_KIB, Math.ceil(carriedBytes / 1024))
    Atomics.store(this.#numbers, FIRST, segment)
  }

  /** See `Attempts`. */
  attempt(sequence: number): void {
    Atomics.store(this.#numbers, ATTEMPT, sequence | 0)
  }

  /** See `Attempts`. */
  isDeadly(sequence: number): boolean {
    const numbers = this.#numbers
    return Atomics.load(numbers, DEATHS) >= 2 && Atomics.load(numbers, DIED_ON) === (sequence | 0)
  }

  /** A thread of the reader begins: takes note of the frame that the one before died on, if it did. */
  countDeath(): void {
    const numbers = this.#numbers
    const frame = Atomics.exchange(numbers, ATTEMPT, 0)
    if (frame === 0) return
    if (Atomics.exchange(numbers, DIED_ON, frame) !== frame) Atomics.store(numbers, DEATHS, 0)
    Atomics.add(numbers, DEATHS, 1)
  }

  /** Whether no thread has begun to read the spool before. */
  beginReading(): boolean {
    return Atomics.exchange(this.#numbers, IS_READ, 1) === 0
  }

  /** Says that frames up to this sequence may have waited in memory. To be called before they are published. */
  waited(sequence: number): void {
    Atomics.store(this.#numbers, WAITED, sequence | 0)
  }

  /** The sequence of the last frame that may have waited in memory, in 32 bits; 0 where none has. */
  get waitedThrough(): number {
    return Atomics.load(this.#numbers, WAITED)
  }

  /** The first segment that is still kept. */
  get firstSegment(): number {
    return Atomics.load(this.#numbers, FIRST)
  }

  /** Bytes that the reader keeps of open calls whose segments are gone. */
  get carriedBytes(): number {
    return Atomics.load(this.#numbers, CARRIED_KIB) * 1024
  }
}

const SEGMENT = 0
const LENGTH = 1
const WAKES = 2
const ASLEEP = 3
const FIRST = 4
const CARRIED_KIB = 5
/** The frame that is being read; the one that a thread died on, and how many did. */
const ATTEMPT = 6
const DIED_ON = 7
const DEATHS = 8
const IS_READ = 9
const WAITED = 10
const SLOTS = 11
