import { tick } from '../../base/clock.ts'
import { AuditError } from '../../base/error.ts'
import type { Frame } from '../../recording/frame.ts'
import { codeOf } from './files.ts'
import { byteLength, encodeFrame, exactBytes, mostBytes, mostOf } from './frame-format.ts'
import { LargeFrame, PIECE_BYTES } from './large-frame.ts'
import { type NewTexts, Segment, type SegmentSettings } from './segment.ts'
import { MAX_SEGMENT_HEADER_BYTES } from './segment-header.ts'
import type { SpoolState } from './spool-state.ts'
import type { WaitingFrame } from './waiting-frames.ts'

/** How a chain of segments is kept. */
export interface ChainSettings extends SegmentSettings {
  /** A segment is ended by the frame after it has so many bytes, or so many milliseconds. */
  readonly segmentBytes: number
  readonly segmentMs: number
  /** The most bytes of all segments that are still kept. */
  readonly maxBytes: number
  /** Whether somebody waits for the disk. */
  readonly isSynced: boolean
}

/** The segments of a spool that is being written, one after the other. */
export class SegmentChain {
  readonly #state: SpoolState
  readonly #buffer = Buffer.allocUnsafeSlow(PIECE_BYTES + 64 * 1024)
  #settings: ChainSettings
  #current: Segment | undefined
  #begunAt = 0
  #lastNumber = 0
  /** The bytes of ended segments that a reader may still need. */
  readonly #ended = new Map<number, number>()
  /** Frames whose place is taken and whose bytes are still being written, in order. */
  readonly #large = new Set<LargeFrame>()
  /** Segments with bytes that may not be on the disk yet, where somebody waits for it. */
  readonly #unsynced = new Set<Segment>()

  constructor(settings: ChainSettings, state: SpoolState) {
    this.#settings = settings
    this.#state = state
  }

  /** The oldest frame whose place is taken and whose bytes are not all there. */
  get oldestLarge(): LargeFrame | undefined {
    const [oldest] = this.#large
    return oldest
  }

  /** Begins a segment, so that a folder that cannot be written is known. Throws as `append` does. */
  begin(): void {
    this.#segmentFor(0)
    this.#publish()
  }

  /** Goes on in another folder. */
  moveTo(folder: string): void {
    this.end()
    this.#ended.clear()
    this.#settings = { ...this.#settings, folder }
  }

  /**
   * Writes a frame at once, whole, or, throwing the system's error, not at all. Throws AuditError
   * `queue_full` where the segments have reached their bound.
   */
  append(frame: Frame, sequence: number): void {
    const most = mostBytes(frame)
    const bytes = most > this.#buffer.length ? exactBytes(frame) : most
    const segment = this.#segmentFor(bytes)
    const buffer = bytes > this.#buffer.length ? Buffer.allocUnsafeSlow(bytes) : this.#buffer
    const fresh: NewTexts = new Map()
    const end = encode(segment, { frame, sequence }, buffer, 0, fresh)
    try {
      segment.append(buffer.subarray(0, end))
    } catch (error) {
      this.#failed(segment, error)
      throw error
    }
    segment.keep(fresh)
    this.#publish()
  }

  /**
   * Writes as many of the frames as fit into one piece, through the thread pool, and resolves to the
   * sequence of the last one. Nothing else may be appended until then. Rejects as `append` throws.
   */
  async appendLater(waiting: Iterable<WaitingFrame>): Promise<number> {
    // A piece that is larger than a segment may be larger than the bound of all of them, for good.
    const room = Math.min(PIECE_BYTES, this.#settings.segmentBytes)
    const frames: WaitingFrame[] = []
    let most = 0
    for (const each of waiting) {
      const bytes = mostBytes(each.frame)
      if (frames.length > 0 && (most + bytes > room || isLarge(each.frame))) break
      frames.push(each)
      most += bytes
    }
    const segment = this.#segmentFor(most)
    const buffer = Buffer.allocUnsafeSlow(most)
    const fresh: NewTexts = new Map()
    let end = 0
    for (const each of frames) end = encode(segment, each, buffer, end, fresh)
    try {
      await segment.appendLater(buffer.subarray(0, end))
    } catch (error) {
      this.#failed(segment, error)
      throw error
    }
    segment.keep(fresh)
    this.#publish()
    return frames.at(-1)?.sequence ?? 0
  }

  /** Takes the place of a large frame, which `wrote` is to hear of. Throws as `append` does. */
  place(frame: Frame, sequence: number): LargeFrame {
    const segment = this.#segmentFor(mostBytes(frame))
    const fresh: NewTexts = new Map()
    const buffer = Buffer.allocUnsafe(mostBytes({ ...frame, body: [] }))
    const { numbers, end } = segment.share(frame.shared ?? [], buffer, 0, fresh)
    if (end > 0) segment.append(buffer.subarray(0, end))
    segment.keep(fresh)
    const large = new LargeFrame({ frame, sequence, shared: numbers }, segment)
    this.#large.add(large)
    this.#publish()
    return large
  }

  /** How many frames have their place, and not all of their bytes there. */
  get largeCount(): number {
    return this.#large.size
  }

  /** Whether a large frame is still to be written. */
  isWriting(large: LargeFrame): boolean {
    return this.#large.has(large)
  }

  /** Writes all large frames now. Throws the system's error. */
  writeLarge(): void {
    for (const large of [...this.#large]) {
      large.writeSync()
      this.wrote(large)
    }
  }

  /** A large frame is there, or has been given up: what follows it may be read. */
  wrote(large: LargeFrame): void {
    this.#large.delete(large)
    this.#letGo(large.segment)
    this.#publish()
  }

  /** Ends the segment that is being written; the next frame begins another. */
  end(): void {
    const segment = this.#current
    if (!segment) return
    this.#current = undefined
    this.#ended.set(segment.number, segment.end)
    this.#letGo(segment)
    this.#publish()
  }

  /** Waits until all that was written before is on the disk. Rejects with the system's error. */
  async sync(): Promise<void> {
    for (const segment of [...this.#unsynced]) {
      await segment.sync()
      if (segment === this.#current) continue
      this.#unsynced.delete(segment)
      this.#letGo(segment)
    }
  }

  #segmentFor(bytes: number): Segment {
    const { segmentBytes, segmentMs, isSynced } = this.#settings
    const { end = 0 } = this.#current ?? {}
    const isFull = end + bytes > segmentBytes && end > MAX_SEGMENT_HEADER_BYTES
    if (isFull || tick() - this.#begunAt > segmentMs) this.end()
    if (this.#current) return this.#current
    this.#checkBound(bytes)
    const segment = new Segment(this.#settings, this.#lastNumber + 1)
    this.#lastNumber = segment.number
    this.#begunAt = tick()
    this.#current = segment
    if (isSynced) this.#unsynced.add(segment)
    return segment
  }

  #checkBound(bytes: number): void {
    const { maxBytes, segmentBytes } = this.#settings
    const { firstSegment } = this.#state
    let kept = this.#state.carriedBytes + Math.max(bytes, segmentBytes)
    for (const [number, length] of this.#ended) {
      if (number < firstSegment) this.#ended.delete(number)
      else kept += length
    }
    if (kept <= maxBytes) return
    const message = `the spool has reached its bound of ${maxBytes} bytes, as the journal does not take its calls in; see the problem before this one`
    throw new AuditError('queue_full', message)
  }

  /** An encrypted place is not written twice. A segment that the system lets grow no more ends. */
  #failed(segment: Segment, error: unknown): void {
    if (segment.isWrittenOnce || codeOf(error) === 'EFBIG') this.end()
  }

  #publish(): void {
    const { oldestLarge } = this
    if (oldestLarge) this.#state.publish(oldestLarge.segment.number, oldestLarge.from)
    else if (this.#current) this.#state.publish(this.#current.number, this.#current.end)
    else this.#state.publish(this.#lastNumber + 1, 0)
  }

  #letGo(segment: Segment): void {
    const isUsed = segment === this.#current || this.#unsynced.has(segment)
    if (isUsed || [...this.#large].some((large) => large.segment === segment)) return
    segment.close()
  }
}

/** Whether a frame is to be written in pieces. */
export function isLarge({ body = [] }: Frame): boolean {
  const most = body.reduce((bytes, chunk) => bytes + mostOf(chunk), 0)
  return most > PIECE_BYTES && body.reduce((all, chunk) => all + byteLength(chunk), 0) > PIECE_BYTES
}

function encode(
  segment: Segment,
  { frame, sequence }: WaitingFrame,
  buffer: Buffer,
  from: number,
  fresh: NewTexts
): number {
  const { numbers, end } = segment.share(frame.shared ?? [], buffer, from, fresh)
  return encodeFrame(buffer, end, { frame, sequence, shared: numbers }, segment.seed)
}
