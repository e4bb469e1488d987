import { join } from 'node:path'
import { AuditError, messageOf } from '../../base/error.ts'
import type { CarriedFrame } from '../../recording/frame.ts'
import { Losses } from '../../recording/losses.ts'
import { carryFrames } from './carry-frames.ts'
import { codeOf, nodeFiles, type SpoolFiles } from './files.ts'
import { type LeftLoss, leftLosses } from './left-losses.ts'
import { OpenCalls } from './open-calls.ts'
import { PartPlaces } from './part-places.ts'
import { segmentName } from './segment.ts'
import { SegmentReader } from './segment-reader.ts'
import { namesIn } from './spool-folder.ts'
import { formatPlace, isBefore, type Position, parsePlace, type SpoolPlace } from './spool-place.ts'
import type { SpoolState } from './spool-state.ts'

/** How a spool is read. */
export interface SpoolReaderSettings {
  /** The spool's folder. */
  readonly folder: string
  /** What the writer tells; absent for a spool whose owner is gone, of which all is read. */
  readonly state?: SpoolState | undefined
  /** The place that is stored with the evidence; the spool's start unless given. */
  readonly place?: string | undefined
  /** See `SpoolKey`; absent for a spool that is not encrypted. */
  readonly secret?: Uint8Array | undefined
  readonly files?: SpoolFiles
  /** A file cannot be read, or some of its frames cannot. */
  failed(problem: AuditError): void
}

/** So many segments are kept for calls that are still open; then these calls' frames are carried over. */
const KEPT_FOR_OPEN_CALLS = 3

/** Reads the frames of a spool in order, and gives up what is evidence. */
export class SpoolReader {
  readonly #settings: SpoolReaderSettings
  readonly #files: SpoolFiles
  readonly #open = new OpenCalls()
  readonly #parts: PartPlaces
  /** The stored place: what is before it is evidence, but for calls that had not ended. */
  #stored: Position = { segment: 0, offset: 0 }
  /** What was there when reading began may have been read before, by somebody who died since. */
  readonly #again: Position | undefined
  /** Carried files that are still to be read. */
  #carried: { name: string; calls: readonly string[] }[] = []
  #segment: SegmentReader | undefined
  #number = 0
  #offset = 0
  #lastSequence = 0
  /** Frames that cannot be read, until somebody records them as lost. */
  readonly losses = new Losses()
  #givenSequence = 0
  #lastCarry = 0

  constructor(settings: SpoolReaderSettings) {
    this.#settings = settings
    this.#files = settings.files ?? nodeFiles
    this.#parts = new PartPlaces({ ...settings, files: this.#files })
    const published = settings.state?.published()
    this.#again = published && { segment: published.segment, offset: published.length }
    this.begin(settings.place)
  }

  /** Begins at the place that is stored with the evidence; to be called before anything is read. */
  begin(place: string | undefined): void {
    const { at, from, carried, sequence } = parsePlace(place)
    this.#stored = at
    this.#givenSequence = sequence
    this.#carried = [...carried]
    this.#open.restore(carried)
    this.#number = from.segment
    this.#offset = from.offset
    this.#lastCarry = Math.max(0, ...carried.map(({ name }) => Number.parseInt(name.slice(6), 10)))
  }

  /** auditIds of calls that have begun and not ended, as far as the spool was read. */
  isOpen(auditId: string): boolean {
    return this.#open.has(auditId)
  }

  /**
   * The next frames, of about `maxBytes`; none where there are no more, yet. Those that were there when
   * reading began are marked, as what became of them may be stored. Throws the system's error.
   */
  next(maxBytes: number): CarriedFrame[] {
    const frames: CarriedFrame[] = []
    while (frames.length === 0) {
      const carry = this.#carried.shift()
      if (carry) {
        this.#readCarry(carry.name, new Set(carry.calls), frames)
        continue
      }
      if (!this.#readSome(maxBytes, frames)) break
    }
    return frames
  }

  /** Whether some of these frames waited in the writer's memory before they were written. */
  hasWaited(frames: readonly CarriedFrame[]): boolean {
    const through = this.#settings.state?.waitedThrough ?? 0
    return through !== 0 && frames.some(({ sequence }) => (sequence | 0) - through <= 0)
  }

  /** Whether all that has been published was read. */
  get isAtEnd(): boolean {
    const { segment, offset } = this.#position
    const end = this.#settings.state?.published()
    if (this.#carried.length > 0) return false
    if (end) return segment > end.segment || (segment === end.segment && offset >= end.length)
    return this.#nextNumber() === undefined && (!this.#segment || offset >= this.#segment.size)
  }

  /** Resolves once the writer has published more. */
  async more(): Promise<void> {
    const { segment, offset } = this.#position
    await this.#settings.state?.more({ segment, length: offset })
  }

  /**
   * The place behind all frames that were given, to be stored with what became of them. Where calls stay
   * open for long, their frames are copied first, so that their segments can go.
   */
  place(): string {
    const at = this.#position
    const { oldest } = this.#open
    if (oldest && at.segment - oldest.segment >= KEPT_FOR_OPEN_CALLS) this.#carryOver(oldest, at)
    const from = this.#open.oldest ?? at
    const sequence = Math.max(this.#lastSequence, this.#givenSequence)
    return formatPlace({ at, from, carried: this.#open.carried, sequence })
  }

  /** Gives up what is not needed, once a place is stored. */
  release(stored: string): void {
    const place = parsePlace(stored)
    let carriedBytes = 0
    for (const name of namesIn(this.#files, this.#settings.folder)) {
      const path = join(this.#settings.folder, name)
      if (isNeeded(name, place)) carriedBytes += isCarry(name) ? this.#sizeOf(path) : 0
      else this.#files.rmSync(path, { force: true })
    }
    this.#settings.state?.release(place.from.segment, carriedBytes)
  }

  close(): void {
    this.#segment?.close()
    this.#segment = undefined
  }

  get #position(): Position {
    return { segment: this.#number, offset: this.#offset }
  }

  #readSome(maxBytes: number, frames: CarriedFrame[]): boolean {
    if (!this.#openSegment()) return false
    const segment = this.#segment
    if (!segment) return true
    const published = this.#settings.state?.published()
    const isLive = published?.segment === this.#number
    const limit = isLive ? published.length : segment.size
    const from = this.#offset
    for (const { frame, offset } of segment.read(limit, maxBytes)) {
      // A segment is read from its start, for its shared texts.
      if (offset >= from) this.#give(frame, { segment: this.#number, offset }, frames)
    }
    this.#offset = Math.max(from, segment.offset)
    if (segment.offset < limit) return true
    if (isLive || this.#nextNumber() === undefined) return frames.length > 0
    this.#endSegment(segment)
    return true
  }

  /** Opens the next segment, if there is one; false where there is none, yet. */
  #openSegment(): boolean {
    if (this.#segment) return true
    const number = this.#nextNumber(this.#number)
    if (number === undefined) return false
    if (number !== this.#number) this.#offset = 0
    this.#number = number
    try {
      const path = join(this.#settings.folder, segmentName(number))
      this.#segment = SegmentReader.open(this.#files, path, this.#settings.secret)
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error
    }
    // A file without a header, or without a file, is passed over, unless it is the one being written.
    if (this.#segment) return true
    const next = this.#nextNumber()
    if (next === undefined) return false
    this.#number = next
    this.#offset = 0
    return true
  }

  #endSegment(segment: SegmentReader): void {
    if (segment.damaged > 0) {
      const message = `${segment.damaged} places of ${segmentName(this.#number)} in ${this.#settings.folder} cannot be read, and the calls there may be incomplete`
      this.#settings.failed(new AuditError('journal_damaged', message))
    }
    segment.close()
    this.#segment = undefined
    this.#number = this.#nextNumber() ?? this.#number + 1
    this.#offset = 0
  }

  /** The number of the first segment after this one, or from `least` on. */
  #nextNumber(least = this.#number + 1): number | undefined {
    const published = this.#settings.state?.published()
    if (published && this.#settings.state) {
      const first = Math.max(least, 1)
      return first <= published.segment ? first : undefined
    }
    const numbers = namesIn(this.#files, this.#settings.folder)
      .filter((name) => /^\d+\.frames$/.test(name))
      .map((name) => Number.parseInt(name, 10))
      .filter((number) => number >= least)
    return numbers.length > 0 ? Math.min(...numbers) : undefined
  }

  #give(frame: CarriedFrame, position: Position, frames: CarriedFrame[]): void {
    const isStored = isBefore(position, this.#stored)
    // A write that failed may have written all the same, so that the frame is there twice.
    const last = isStored ? this.#lastSequence : Math.max(this.#lastSequence, this.#givenSequence)
    if (frame.sequence <= last) return
    const isDamaged = this.#segment !== undefined && this.#segment.damaged > 0
    if (isDamaged && !isStored) this.losses.add(frame.sequence - last - 1, frame.at)
    this.#lastSequence = frame.sequence
    const isRest = frame.kind === 'part' || frame.kind === 'ended'
    // What is left of a call that has become evidence.
    if (isStored && isRest && !this.#open.has(frame.auditId)) return
    this.#open.note(frame, position)
    const noted = this.#parts.note(frame, segmentName(position.segment), position.offset)
    if (isRest && !this.#open.has(frame.auditId)) this.#parts.forget(frame.auditId)
    const isAgain = this.#again === undefined || isBefore(position, this.#again)
    frames.push(isAgain ? { ...noted, again: true } : noted)
  }

  /** What was lost when the writer closed, for which there was no room in the spool. Throws the system's error. */
  lostAtEnd(): LeftLoss[] {
    return leftLosses(this.#files, this.#settings.folder)
  }

  #readCarry(name: string, calls: ReadonlySet<string>, frames: CarriedFrame[]): void {
    const { folder, secret } = this.#settings
    try {
      const reader = SegmentReader.open(this.#files, join(folder, name), secret)
      if (!reader) throw new Error('it has no header')
      for (const { frame, offset } of reader.read(reader.size, Number.POSITIVE_INFINITY)) {
        // Copied with the rest was what is there twice: see `#give`.
        if (!calls.has(frame.auditId) || frame.sequence <= this.#lastSequence) continue
        this.#lastSequence = frame.sequence
        this.#open.noteCarried(frame)
        frames.push({ ...this.#parts.note(frame, name, offset), again: true })
      }
      reader.close()
    } catch (cause) {
      const message = `${name} in ${folder} cannot be read, and ${calls.size} calls lack what was in it: ${messageOf(cause)}`
      this.#settings.failed(new AuditError('journal_damaged', message, { cause }))
    }
  }

  #carryOver(from: Position, to: Position): void {
    const { folder, secret } = this.#settings
    const number = this.#lastCarry + 1
    const name = `carry-${number}.frames`
    try {
      const { begun: calls } = this.#open
      const moved = carryFrames({ files: this.#files, folder, secret, name, from, to, calls })
      this.#parts.moved(moved, name)
    } catch (cause) {
      const message = `the frames of open calls cannot be copied, so that their segments stay: ${messageOf(cause)}`
      this.#settings.failed(new AuditError('journal_failed', message, { cause }))
      return
    }
    this.#lastCarry = number
    this.#open.carry(name)
  }

  #sizeOf(path: string): number {
    return this.#files.statSync(path).size
  }
}

function isCarry(name: string): boolean {
  return name.startsWith('carry-')
}

function isNeeded(name: string, { from, carried }: SpoolPlace): boolean {
  if (isCarry(name)) return carried.some((each) => each.name === name)
  const number = Number.parseInt(name, 10)
  return !(number < from.segment)
}
