import type { BodyChunk } from '../base/bytes.ts'
import { type TapObserver, tellUnread } from './tap-iterator.ts'

const encoder = new TextEncoder()

/** How a sequence counts its chunks, and takes the front off one that was seen in part. */
export interface Measure<T> {
  sizeOf(chunk: T): number
  after(chunk: T, size: number): T
}

const BYTES: Measure<BodyChunk> = {
  sizeOf: (chunk) => bytesOf(chunk).length,
  after: (chunk, size) => bytesOf(chunk).subarray(size)
}

function bytesOf(chunk: BodyChunk): Uint8Array {
  return typeof chunk === 'string' ? encoder.encode(chunk) : chunk
}

/** The chunks of one stream, which several branches may deliver, each seen once. */
export class Sequence<T = BodyChunk> {
  /** What the runtime keeps of the stream that all branches are of, where that can be seen. */
  root: object | undefined
  readonly #observer: TapObserver<T>
  readonly #measure: Measure<T>
  #seen = 0
  #branches = 0
  #cancelled = 0
  #isOver = false

  constructor(observer: TapObserver<T>, measure: Measure<T>) {
    this.#observer = observer
    this.#measure = measure
  }

  static ofBytes(observer: TapObserver<BodyChunk>): Sequence {
    return new Sequence(observer, BYTES)
  }

  /** Whether the observer was told the last that it is told. */
  get isOver(): boolean {
    return this.#isOver
  }

  /** Whether no more than one branch goes on. */
  get isAlone(): boolean {
    return this.#branches - this.#cancelled <= 1
  }

  /** An observer for one more branch, which has delivered `at`: `tee` makes two of one. */
  branch(at = 0): Branch<T> {
    this.#branches++
    return new Branch(this, at)
  }

  /** For branches: this one's consumer took all there is. */
  end(): Promise<void> | undefined {
    this.#isOver = true
    return this.#observer.end()
  }

  /** For branches: reading failed. */
  fail(error: unknown): Promise<void> | undefined {
    this.#isOver = true
    return this.#observer.fail(error)
  }

  /** For branches: the end came, and what was before it could not be seen. */
  unread(): void {
    this.#isOver = true
    tellUnread(this.#observer)
  }

  /** For branches, once each: its consumer stopped; the observer hears when none is left. */
  cancel(): Promise<void> | undefined {
    if (++this.#cancelled < this.#branches) return undefined
    this.#isOver = true
    return this.#observer.cancel()
  }

  /** A branch that was split is not a branch any more. */
  split(): void {
    this.#branches--
  }

  /** How much a chunk counts for. */
  sizeOf(chunk: T): number {
    return this.#measure.sizeOf(chunk)
  }

  /** For branches: tells of what is new in a chunk. Returns the chunk's end. */
  deliver(chunk: T, position: number, size = this.#measure.sizeOf(chunk)): number {
    const seen = this.#seen
    const end = position + size
    if (end <= seen) return end
    this.#seen = end
    const isNew = position === seen
    this.#observer.next(isNew ? chunk : this.#measure.after(chunk, seen - position))
    return end
  }
}

/** Hears of a branch from its source. */
export interface SourceObserver<T> extends Required<TapObserver<T>> {
  /** Whoever read gave the stream back; `queued` is what nobody has taken. */
  left(queued: readonly T[]): void
}

/** The observer of one branch of a sequence. */
export class Branch<T> implements TapObserver<T> {
  readonly #sequence: Sequence<T>
  #at: number
  #isStopped = false

  constructor(sequence: Sequence<T>, at: number) {
    this.#sequence = sequence
    this.#at = at
  }

  /** How much it has delivered. */
  get at(): number {
    return this.#at
  }

  next(chunk: T): void {
    this.#at = this.#sequence.deliver(chunk, this.#at)
  }

  /** Hears of all there is in one piece: as text it may be shorter or longer than its bytes. */
  whole(chunk: T): void {
    const size = typeof chunk === 'string' ? Number.POSITIVE_INFINITY : undefined
    this.#at = this.#sequence.deliver(chunk, this.#at, size)
  }

  /** An observer of the same branch at its source, for what is taken past the methods of its stream. */
  atSource(): SourceObserver<T> {
    const sequence = this.#sequence
    let at = this.#at
    return {
      next(chunk) {
        at = sequence.deliver(chunk, at)
      },
      end: () => sequence.end(),
      fail: (error) => sequence.fail(error),
      cancel: () => this.cancel(),
      unread: () => this.unread(),
      left: (queued) => {
        this.#at = queued.reduce((left, chunk) => left - sequence.sizeOf(chunk), at)
      }
    }
  }

  end(): Promise<void> | undefined {
    return this.#sequence.end()
  }

  fail(error: unknown): Promise<void> | undefined {
    return this.#sequence.fail(error)
  }

  unread(): void {
    this.#sequence.unread()
  }

  cancel(): Promise<void> | undefined {
    if (this.#isStopped) return undefined
    this.#isStopped = true
    return this.#sequence.cancel()
  }
}
