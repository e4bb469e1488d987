import type { Frame } from '../../recording/frame.ts'
import { PIECE_BYTES } from './large-frame.ts'

/** A frame that waits in memory until the spool can be written. */
export interface WaitingFrame {
  readonly frame: Frame
  readonly sequence: number
}

/** About what a frame takes beside its texts, in bytes. */
const OVERHEAD_BYTES = 256

/** So many times the bound may large frames have while the disk works. */
const LARGE_ROOMS = 8

/**
 * The frames that wait in memory, in order, within a bound of about so many bytes. Large ones have a room of their own while
 * the disk works: they wait for those before them, and are then as long in memory as it takes to write them.
 */
export class WaitingFrames {
  readonly #maxBytes: number
  #queue: WaitingFrame[] = []
  #from = 0
  #smallBytes = 0
  #largeBytes = 0

  constructor(maxBytes: number) {
    this.#maxBytes = maxBytes
  }

  get length(): number {
    return this.#queue.length - this.#from
  }

  /** The oldest frame. */
  get first(): WaitingFrame | undefined {
    return this.#queue[this.#from]
  }

  /** Takes a frame; false where there is no room. A single one always finds room. */
  push(frame: Frame, sequence: number, isFailing: boolean): boolean {
    const bytes = weightOf(frame)
    if (this.length > 0 && !this.#hasRoom(bytes, isFailing)) return false
    this.#queue.push({ frame, sequence })
    this.#count(bytes)
    return true
  }

  /** The frames from the oldest on, which stay. */
  *[Symbol.iterator](): Generator<WaitingFrame> {
    for (const waiting of this.#queue.slice(this.#from)) yield waiting
  }

  /** Lets go of the oldest frames, up to and with that of a sequence. */
  dropThrough(sequence: number): void {
    for (let { first } = this; first && first.sequence <= sequence; first = this.first) {
      this.#count(weightOf(first.frame), -1)
      this.#from++
    }
    if (this.#from < 1_000 && this.#from < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#from)
    this.#from = 0
  }

  #hasRoom(bytes: number, isFailing: boolean): boolean {
    if (isFailing) return this.#smallBytes + this.#largeBytes + bytes <= this.#maxBytes
    if (bytes > PIECE_BYTES) return this.#largeBytes + bytes <= LARGE_ROOMS * this.#maxBytes
    return this.#smallBytes + bytes <= this.#maxBytes
  }

  #count(bytes: number, sign = 1): void {
    if (bytes > PIECE_BYTES) this.#largeBytes += sign * bytes
    else this.#smallBytes += sign * bytes
  }
}

function weightOf({ meta, body = [] }: Frame): number {
  return body.reduce((bytes, chunk) => bytes + chunk.length, OVERHEAD_BYTES + meta.length)
}
