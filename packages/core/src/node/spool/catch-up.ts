import { setTimeout } from '../../base/clock.ts'
import { AuditError, messageOf } from '../../base/error.ts'
import type { Frame } from '../../recording/frame.ts'
import { codeOf } from './files.ts'
import type { LargeFrame } from './large-frame.ts'
import { isLarge, type SegmentChain } from './segment-chain.ts'
import type { WaitingFrames } from './waiting-frames.ts'

/** What is told while frames are caught up with. */
export interface CatchUpEvents {
  /** Frames that waited are about to be published. */
  waited(): void
  /** More frames are in the spool. */
  advanced(): void
  /** A write failed; it is tried again. */
  failed(cause: unknown): void
  /** A frame is given up. */
  lost(frame: Frame, sequence: number, problem: AuditError): void
}

const FIRST_RETRY_MS = 50
const LAST_RETRY_MS = 5_000
/** A large frame holds up the reader, so it is given up after so many failures. */
const LARGE_TRIES = 5

/** Writes, through the thread pool, what could not be written at once. */
export class CatchUp {
  /** Whether the failures of this episode have been reported. */
  isTold = false
  readonly #chain: SegmentChain
  readonly #waiting: WaitingFrames
  readonly #events: CatchUpEvents
  #isRunning = false
  #isStopped = false

  constructor(chain: SegmentChain, waiting: WaitingFrames, events: CatchUpEvents) {
    this.#chain = chain
    this.#waiting = waiting
    this.#events = events
  }

  /** Begins to write what waits, if that is not under way. */
  start(): void {
    if (this.#isRunning) return
    this.#isRunning = true
    void this.#run()
  }

  /** Begins no further write. */
  stop(): void {
    this.#isStopped = true
  }

  /** Writes a frame whose place has been taken. */
  writeLarge(large: LargeFrame, frame: Frame): void {
    void this.#writeLarge(large, frame)
  }

  async #run(): Promise<void> {
    // What one turn of the application's loop appends is written together.
    await Promise.resolve()
    for (let failures = 0; this.#waiting.length > 0 && !this.#isStopped; ) {
      try {
        await this.#writeSome()
        failures = 0
      } catch (cause) {
        if (this.#isStopped) break
        this.#events.failed(cause)
        if (isOfFrame(cause)) this.#giveUpFirst(cause)
        else await pause(failures++)
      }
    }
    this.#isRunning = false
    if (this.#waiting.length === 0) this.isTold = false
  }

  async #writeSome(): Promise<void> {
    const { first } = this.#waiting
    if (!first) return
    const { frame, sequence } = first
    if (isLarge(frame)) {
      const large = this.#chain.place(frame, sequence)
      this.#waiting.dropThrough(sequence)
      // What follows is written beside it.
      void this.#writeLarge(large, frame)
      return
    }
    this.#events.waited()
    const through = await this.#chain.appendLater(this.#waiting)
    this.#waiting.dropThrough(through)
    this.#events.advanced()
  }

  async #writeLarge(large: LargeFrame, frame: Frame): Promise<void> {
    for (let failures = 0; !this.#isStopped && this.#chain.isWriting(large); ) {
      try {
        await large.write()
        break
      } catch (cause) {
        this.#events.failed(cause)
        if (failures + 1 >= LARGE_TRIES) {
          this.#events.lost(frame, large.sequence, lostOf(cause))
          break
        }
        await pause(failures++)
      }
    }
    this.#chain.wrote(large)
    this.#events.advanced()
  }

  #giveUpFirst(cause: unknown): void {
    const { first } = this.#waiting
    if (!first) return
    this.#waiting.dropThrough(first.sequence)
    this.#events.lost(first.frame, first.sequence, lostOf(cause))
  }
}

/** Whether it is the frame that cannot be written, and not the disk that fails. */
function isOfFrame(cause: unknown): boolean {
  return !AuditError.is(cause) && codeOf(cause) === ''
}

function lostOf(cause: unknown): AuditError {
  return new AuditError('not_recorded', `a call is lost: ${messageOf(cause)}`, { cause })
}

/** Doubles with each failure. Does not keep the process alive. */
function pause(failures: number): Promise<void> {
  const ms = Math.min(FIRST_RETRY_MS * 2 ** failures, LAST_RETRY_MS)
  return new Promise((resolve) => {
    setTimeout(resolve, ms).unref()
  })
}
