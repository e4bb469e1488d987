import * as zlib from 'node:zlib'
import type { BodyChunk } from '../../base/bytes.ts'
import {
  ALIGNMENT,
  aligned,
  byteLength,
  encodeStart,
  type NumberedFrame,
  setChecksum
} from './frame-format.ts'
import type { Segment } from './segment.ts'

/** The most bytes that are encoded and written in one piece. */
export const PIECE_BYTES = 1024 * 1024

/**
 * A frame that is too large for one piece. Its place in the segment is taken at once, so that frames
 * after it can be written beside it; the bytes follow in pieces, through the thread pool, as one
 * synchronous write of megabytes would hold up the application. Where the process ends before, a
 * reader skips the place.
 */
export class LargeFrame {
  readonly sequence: number
  readonly segment: Segment
  /** Where the frame begins in its segment. */
  readonly from: number
  /** Bytes with padding. */
  readonly length: number
  readonly #start: Buffer
  readonly #body: readonly BodyChunk[]

  /** Takes the place at the end of the segment. Bytes of the body are copied; texts cannot change. */
  constructor(numbered: NumberedFrame, segment: Segment) {
    const body = numbered.frame.body ?? []
    this.#body = body.map((chunk) => (typeof chunk === 'string' ? chunk : Buffer.from(chunk)))
    const bodyBytes = body.reduce((bytes, chunk) => bytes + byteLength(chunk), 0)
    const { start, length } = encodeStart(numbered, bodyBytes)
    this.#start = start
    this.sequence = numbered.sequence
    this.segment = segment
    this.from = segment.end
    this.length = aligned(length)
    segment.end += this.length
  }

  /** Writes it in the thread pool. Rejects with the system's error; it may then be written again. */
  async write(): Promise<void> {
    for (const { bytes, at } of this.#pieces()) await this.segment.writeLater(bytes, at)
  }

  /** Writes it now, for a process that exits. Throws the system's error. */
  writeSync(): void {
    for (const { bytes, at } of this.#pieces()) this.segment.write(bytes, at)
  }

  /** The bytes and their places; the header, which makes the frame whole, comes last. */
  *#pieces(): Generator<{ readonly bytes: Uint8Array; readonly at: number }> {
    const buffer = Buffer.allocUnsafeSlow(PIECE_BYTES)
    // Pieces begin at multiples of 16, so the end of the start goes with the first of them.
    const head = this.#start.subarray(0, this.#start.length - (this.#start.length % ALIGNMENT))
    const rest = this.#start.subarray(head.length)
    buffer.set(rest)
    let filled = rest.length
    let at = this.from + head.length
    let checksum = zlib.crc32(this.#start.subarray(8), this.segment.seed)
    for (const chunk of this.#body) {
      for (let done = 0; done < chunk.length; ) {
        const { read, written } = fill(buffer, filled, chunk, done)
        checksum = zlib.crc32(buffer.subarray(filled, filled + written), checksum)
        done += read
        filled += written
        if (filled < PIECE_BYTES - ALIGNMENT) continue
        const whole = filled - (filled % ALIGNMENT)
        yield { bytes: buffer.subarray(0, whole), at }
        at += whole
        buffer.copyWithin(0, whole, filled)
        filled -= whole
      }
    }
    buffer.fill(0, filled, aligned(filled))
    if (filled > 0) yield { bytes: buffer.subarray(0, aligned(filled)), at }
    setChecksum(this.#start, checksum)
    yield { bytes: head, at: this.from }
  }
}

const encoder = new TextEncoder()

/** Encodes as much of a chunk, from a place in it on, as there is room for. */
function fill(
  buffer: Buffer,
  filled: number,
  chunk: BodyChunk,
  done: number
): { readonly read: number; readonly written: number } {
  const free = buffer.subarray(filled)
  if (typeof chunk !== 'string') {
    const bytes = chunk.subarray(done, done + free.length)
    free.set(bytes)
    return { read: bytes.length, written: bytes.length }
  }
  const text = chunk.slice(done, done + free.length)
  const isCut = done + text.length < chunk.length
  const last = text.charCodeAt(text.length - 1)
  // A pair of surrogates stays together.
  const isPair = isCut && last >= 0xd800 && last <= 0xdbff
  return encoder.encodeInto(isPair ? text.slice(0, -1) : text, free)
}
