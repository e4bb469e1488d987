import { now, tick } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { inBackground } from '../base/host-first.ts'
import { withResolvers } from '../base/promises.ts'
import type { Journal } from '../journal/journal.ts'
import type { Policy } from '../policy/policy.ts'
import type { Protocol } from '../protocol/protocol.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Carrier, CarrierEvents, Frame } from './frame.ts'
import { type DueRecord, FrameReader, type ReadableFrame } from './frame-reader.ts'
import { RecordOutbox } from './record-outbox.ts'
import { Waiters } from './waiters.ts'

/** Bounds and pace of a `FrameQueue`. */
export interface QueueBounds {
  /** Longest time that a frame waits for others to share an append, in milliseconds. */
  readonly windowMs: number
  /** Most records in one append. */
  readonly batchSize: number
  /** Most frames and records that may wait. */
  readonly maxRecords: number
  /** Most bytes of frames that may wait, but for one. */
  readonly maxBytes: number
  /** The policy that the log begins with: its functions are in this thread. */
  readonly policy?: Pick<Policy, 'functions'> | undefined
}

/** A full queue takes frames again when it is emptier than this part of its bounds. */
const ROOM_AGAIN = 0.75
/** Longest stretch of making records before the loop is given back, in milliseconds. */
const SLICE_MS = 4
/** So many bytes of frames are enough for one append: copying it holds up the loop. */
const BATCH_BYTES = 1024 * 1024
/** How long a gap may take to be stored when nothing else could be, in milliseconds. */
const GAP_MS = 500

/**
 * Carries frames in memory, within bounds, and makes their records in the same thread: for journals without
 * a thread of their own, and where there is no file system. What waits is lost with the process.
 */
export class FrameQueue implements Carrier {
  readonly #journal: Journal
  readonly #platform: Platform
  readonly #bounds: QueueBounds
  readonly #events: CarrierEvents
  readonly #reader: FrameReader
  readonly #modules = new Map<Protocol, string>()
  readonly #protocols = new Map<string, Protocol>()
  readonly #waiters = new Waiters()
  readonly #outbox: RecordOutbox
  #frames: ReadableFrame[] = []
  /** Bytes of the frames that wait, and of those whose records wait. */
  #frameBytes = 0
  #recordBytes = 0
  /** Numbers of the last frames that were appended, read, and stored as records. */
  #last = 0
  #read = 0
  #stored = 0
  #isFull = false
  /** Whether that was told; again only once all is stored. */
  #isTold = false
  #isClosed = false
  #failure: AuditError | undefined
  #timer: { readonly isSoon: boolean; readonly cancel: () => void } | undefined

  constructor(journal: Journal, platform: Platform, bounds: QueueBounds, events: CarrierEvents) {
    this.#journal = journal
    this.#platform = platform
    this.#bounds = bounds
    this.#events = events
    this.#outbox = new RecordOutbox(journal, bounds.batchSize, {
      stored: (batch) => this.#storedBatch(batch),
      refused: ({ sequence }, problem) => {
        this.#waiters.lost(problem, sequence)
        this.#lost(1, problem)
        this.#next()
      },
      failed: (problem, isFirst, pauseMs) => {
        if (isFirst) events.failed(problem)
        this.#failure = problem
        this.#waiters.failed(problem)
        this.#schedule(pauseMs)
      }
    })
    this.#reader = new FrameReader({
      sha256: platform.sha256,
      protocol: (module) => this.#protocols.get(module),
      unread: (problem) => this.#lost(1, problem),
      failed: (problem) => events.failed(problem),
      functions: bounds.policy?.functions,
      secret: journal.pseudonymSecret && (() => journal.pseudonymSecret?.() ?? new Uint8Array(0))
    })
  }

  moduleOf(protocol: Protocol): string {
    const known = this.#modules.get(protocol)
    if (known !== undefined) return known
    const module = `memory:${this.#modules.size}`
    this.#modules.set(protocol, module)
    this.#protocols.set(module, protocol)
    return module
  }

  append(frame: Frame): number {
    const size = sizeOf(frame)
    if (this.#isClosed || !this.#hasRoom(size)) return 0
    this.#frameBytes += size
    this.#frames.push({ ...frame, shared: frame.shared ?? [], sequence: ++this.#last })
    if (!this.#outbox.isFailing) this.#schedule(this.#bounds.windowMs)
    return this.#last
  }

  kept(sequence: number): Promise<void> | undefined {
    return sequence <= this.#stored ? undefined : this.#wait(sequence, false)
  }

  async flush(): Promise<void> {
    if (this.#stored < this.#last) await this.#wait(this.#last, true)
  }

  drainSync(timeoutMs: number): boolean {
    this.#isClosed = true
    this.#stopTimer()
    while (this.#frames.length > 0) this.#readFrames(Number.POSITIVE_INFINITY)
    // What has not come of a request by now never will.
    for (const _ of this.#reader.abandon(now()));
    this.#outbox.add(this.#reader.drain())
    this.#outbox.sendAllNow()
    return this.#journal.drainSync?.(timeoutMs) ?? true
  }

  async close(timeoutMs: number, deadlineMs: number): Promise<number> {
    const cause = await this.#flushWithin(timeoutMs, deadlineMs)
    const lost = cause === undefined ? 0 : this.#giveUp(cause)
    if (lost > 0) {
      // There may be room for the gap where there was none for the rest.
      await this.#flushWithin(GAP_MS, GAP_MS)
      const message = `${lost} records were lost at close: ${messageOf(cause)}`
      this.#events.failed(new AuditError('journal_failed', message, { cause }))
    }
    this.#isClosed = true
    this.#stopTimer()
    return lost
  }

  #hasRoom(size: number): boolean {
    const { maxRecords, maxBytes } = this.#bounds
    const waiting = this.#frames.length + this.#outbox.length
    const bytes = this.#frameBytes + this.#recordBytes
    if (this.#isFull) {
      this.#isFull = waiting > maxRecords * ROOM_AGAIN || bytes > maxBytes * ROOM_AGAIN
      return !this.#isFull
    }
    this.#isFull = waiting >= maxRecords || (waiting > 0 && bytes + size > maxBytes)
    if (this.#isFull && !this.#isTold) {
      this.#isTold = true
      const why = this.#failure ? `: ${this.#failure.message}` : ''
      const message = `${waiting} frames wait for the journal, so records are lost until it has caught up${why}`
      this.#events.failed(new AuditError('queue_full', message, { cause: this.#failure }))
    }
    return !this.#isFull
  }

  #wait(sequence: number, isFlush: boolean): Promise<void> {
    const waiting = this.#waiters.wait(sequence, isFlush)
    this.#schedule(0)
    return waiting
  }

  #schedule(delayMs: number): void {
    const isSoon = delayMs === 0
    if (this.#outbox.isBusy || (this.#timer && (this.#timer.isSoon || !isSoon))) return
    this.#stopTimer()
    const cancel = this.#platform.defer(() => {
      this.#timer = undefined
      this.#run()
    }, delayMs)
    this.#timer = { isSoon, cancel }
  }

  #stopTimer(): void {
    this.#timer?.cancel()
    this.#timer = undefined
  }

  #run(): void {
    if (this.#outbox.isBusy || this.#isClosed) return
    if (this.#outbox.isShort && !this.#readFrames(SLICE_MS)) this.#schedule(0)
    else if (this.#outbox.length > 0) inBackground(this.#outbox.send())
    else this.#next()
  }

  /** Makes records of frames; false where there was no time for enough of them. */
  #readFrames(sliceMs: number): boolean {
    const until = tick() + sliceMs
    let count = 0
    let isEnough = false
    for (const frame of this.#frames) {
      const size = sizeOf(frame)
      this.#reader.take(frame)
      this.#read = frame.sequence
      this.#frameBytes -= size
      this.#recordBytes += size
      count++
      isEnough = count >= this.#bounds.batchSize || this.#recordBytes >= BATCH_BYTES
      if (isEnough || tick() >= until) break
    }
    this.#frames = this.#frames.slice(count)
    if (!isEnough && this.#frames.length > 0) return false
    this.#outbox.add(this.#reader.drain())
    return true
  }

  #storedBatch(batch: readonly DueRecord[]): void {
    for (const { sequence } of batch) this.#waiters.keptOne(sequence)
    if (this.#outbox.length === 0) this.#recordBytes = 0
    if (batch.length > 0) {
      this.#failure = undefined
      // The log may append what it had no room for.
      this.#events.stored(batch.length)
    }
    this.#next()
  }

  /** Goes on with what waits. */
  #next(): void {
    if (this.#outbox.length > 0) {
      this.#schedule(0)
      return
    }
    this.#recordBytes = 0
    this.#stored = this.#read
    this.#waiters.kept(this.#stored)
    if (this.#frames.length === 0) this.#isTold = false
    else this.#schedule(this.#waiters.any ? 0 : this.#bounds.windowMs)
  }

  #lost(records: number, problem: AuditError): void {
    this.#events.failed(problem)
    this.#events.lost(records)
  }

  /** Flushes, again while that fails. Resolves to why it did not succeed in time. */
  async #flushWithin(timeoutMs: number, ofMs: number): Promise<AuditError | undefined> {
    if (this.#stored >= this.#last) return undefined
    const late = new AuditError('journal_failed', `they were not stored within ${ofMs} ms`)
    const { promise, resolve } = withResolvers<AuditError>()
    const cancel = this.#platform.defer(() => resolve(this.#failure ?? late), timeoutMs)
    const stored = this.#wait(this.#last, false).then(
      () => undefined,
      (problem: AuditError) => problem
    )
    const problem = await Promise.race([stored, promise])
    cancel()
    return problem
  }

  /** Gives up all that waits. Returns how many records are lost. */
  #giveUp(problem: AuditError): number {
    const lost = this.#outbox.giveUp() + this.#frames.filter(({ kind }) => kind !== 'part').length
    this.#frames = []
    this.#frameBytes = 0
    this.#recordBytes = 0
    this.#isFull = false
    this.#read = this.#last
    this.#waiters.lost(problem)
    this.#events.lost(lost)
    return lost
  }
}

/** About how many bytes a frame holds while it waits. */
function sizeOf({ meta, body = [] }: Pick<ReadableFrame, 'meta' | 'body'>): number {
  if (body instanceof Uint8Array) return meta.length + body.length
  return body.reduce((sum, { length }) => sum + length, meta.length)
}
