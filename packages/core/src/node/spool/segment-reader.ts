import { AuditError } from '../../base/error.ts'
import type { CarriedFrame } from '../../recording/frame.ts'
import type { SpoolFiles } from './files.ts'
import {
  ALIGNMENT,
  aligned,
  decodeFrame,
  FRAME_HEADER_BYTES,
  type FrameHeader,
  isWhole,
  MARK_BYTES,
  readHeader
} from './frame-format.ts'
import { decrypt, segmentKey } from './segment-cipher.ts'
import {
  decodeSegmentHeader,
  MAX_SEGMENT_HEADER_BYTES,
  type ReadSegmentHeader
} from './segment-header.ts'

/** Bytes that are read at a time, unless a frame is larger. */
const WINDOW_BYTES = 256 * 1024

/** A frame and where it begins in its segment. */
export interface PlacedFrame {
  readonly frame: CarriedFrame
  readonly offset: number
}

/** Reads the frames of one segment in order, while it is written or after. */
export class SegmentReader {
  /** The form of the frames' meta. */
  readonly schema: number
  /** Where the next frame begins. */
  offset: number
  /** Stretches that were not frames and had frames after them. */
  damaged = 0
  readonly #files: SpoolFiles
  readonly #fd: number
  readonly #seed: number
  readonly #key: Uint8Array | undefined
  readonly #texts = new Map<number, string>()
  #isSkipping = false

  private constructor(
    files: SpoolFiles,
    fd: number,
    { header, length }: ReadSegmentHeader,
    secret: Uint8Array | undefined
  ) {
    this.#files = files
    this.#fd = fd
    this.#seed = header.seed
    this.schema = header.schema
    this.offset = length
    if (header.keySalt.length === 0) return
    if (!secret) throw new AuditError('bad_key', 'the spool is encrypted, and its key is not there')
    this.#key = segmentKey(secret, header.keySalt)
  }

  /**
   * Opens a segment's file; `undefined` where it has no whole header, so that none of its frames can be
   * checked. Throws the system's error, AuditError `journal_newer`, or `bad_key` without the `secret` of an
   * encrypted one.
   */
  static open(files: SpoolFiles, path: string, secret?: Uint8Array): SegmentReader | undefined {
    const fd = files.openSync(path, 'r')
    try {
      const header = decodeSegmentHeader(readAt(files, fd, 0, MAX_SEGMENT_HEADER_BYTES))
      if (header) return new SegmentReader(files, fd, header, secret)
    } catch (error) {
      files.closeSync(fd)
      throw error
    }
    files.closeSync(fd)
    return undefined
  }

  /** The bytes of the file. */
  get size(): number {
    return this.#files.fstatSync(this.#fd).size
  }

  /**
   * The next frames, of about `maxBytes`, none of which ends behind `limit`. There are no more, yet, when
   * `offset` has reached the limit. What is not a frame is skipped.
   */
  read(limit: number, maxBytes: number): PlacedFrame[] {
    const frames: PlacedFrame[] = []
    for (const until = this.offset + maxBytes; this.offset < Math.min(limit, until); ) {
      const base = this.offset
      const window = this.#window(base, Math.min(limit, base + WINDOW_BYTES))
      if (window.length < FRAME_HEADER_BYTES) {
        this.offset = limit
        break
      }
      this.#readWindow(window, base, limit, frames)
    }
    return frames
  }

  /** The body of the frame that begins at a place; `undefined` where none does. Nothing else can be read afterwards. */
  bodyAt(offset: number): Uint8Array | undefined {
    this.offset = offset
    const [first] = this.read(this.size, 1)
    return first?.offset === offset ? first.frame.body : undefined
  }

  close(): void {
    this.#files.closeSync(this.#fd)
  }

  /** Reads whole frames of a window; one that reaches beyond is read by itself. */
  #readWindow(window: Buffer, base: number, limit: number, frames: PlacedFrame[]): void {
    for (let at = 0; at < window.length; at = this.offset - base) {
      const header = readHeader(window, at)
      const end = at + (header?.length ?? 0)
      if (header && base + end <= limit) {
        if (end > window.length && at > 0) return
        const bytes = end > window.length ? this.#window(base, base + end) : window
        if (bytes.length >= end && isWhole(bytes, at, header.length, this.#seed)) {
          this.#take(bytes, at, header, frames)
          continue
        }
      } else if (!header && at > 0 && window.length - at < FRAME_HEADER_BYTES) {
        // The header may go on behind the window.
        if (base + window.length < limit) return
      }
      this.#skip(window, base, at, limit)
    }
  }

  #take(bytes: Buffer, at: number, header: FrameHeader, frames: PlacedFrame[]): void {
    const { offset } = this
    if (this.#isSkipping) this.damaged++
    this.#isSkipping = false
    const frame = decodeFrame(bytes, at, header, this.#texts)
    if (frame) frames.push({ frame, offset })
    this.offset += aligned(header.length)
  }

  /** Goes to what may be the next frame. */
  #skip(window: Buffer, base: number, at: number, limit: number): void {
    this.#isSkipping = true
    let next = window.indexOf(MARK_BYTES, at + ALIGNMENT)
    while (next >= 0 && (base + next) % ALIGNMENT !== 0) {
      next = window.indexOf(MARK_BYTES, next + 1)
    }
    const end = base + window.length
    this.offset = next >= 0 ? base + next : end >= limit ? limit : end - (end % ALIGNMENT)
  }

  #window(from: number, to: number): Buffer {
    const bytes = readAt(this.#files, this.#fd, from, to - from)
    return this.#key ? decrypt(this.#key, bytes, from) : bytes
  }
}

/** Reads bytes of a file; fewer where it ends before. */
function readAt(files: SpoolFiles, fd: number, from: number, length: number): Buffer {
  const bytes = Buffer.allocUnsafeSlow(length)
  let done = 0
  while (done < length) {
    const read = files.readSync(fd, bytes, done, length - done, from + done)
    if (read === 0) break
    done += read
  }
  return bytes.subarray(0, done)
}
