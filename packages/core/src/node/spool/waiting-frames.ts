import type { Frame } from '../../recording/frame.ts'

/** A frame that waits in memory until the spool can be written. */
export interface WaitingFrame {
  readonly frame: Frame
  readonly sequence: number
}

/** About what a frame takes beside its texts, in bytes. */
const OVERHEAD_BYTES = 256

/** The frames that wait in memory, in order, within a bound of about so many bytes. */
export class WaitingFrames {
  readonly #maxBytes: number
  #queue: WaitingFrame[] = []
  #from = 0
  #bytes = 0

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
  push(frame: Frame, sequence: number): boolean {
    const bytes = weightOf(frame)
    if (this.length > 0 && this.#bytes + bytes > this.#maxBytes) return false
    this.#queue.push({ frame, sequence })
    this.#bytes += bytes
    return true
  }

  /** The frames from the oldest on, which stay. */
  *[Symbol.iterator](): Generator<WaitingFrame> {
    for (const waiting of this.#queue.slice(this.#from)) yield waiting
  }

  /** Lets go of the oldest frames, up to and with that of a sequence. */
  dropThrough(sequence: number): void {
    for (let { first } = this; first && first.sequence <= sequence; first = this.first) {
      this.#bytes -= weightOf(first.frame)
      this.#from++
    }
    if (this.#from < 1_000 && this.#from < this.#queue.length) return
    this.#queue = this.#queue.slice(this.#from)
    this.#from = 0
  }
}

function weightOf({ meta, body = [] }: Frame): number {
  return body.reduce((bytes, chunk) => bytes + chunk.length, OVERHEAD_BYTES + meta.length)
}
