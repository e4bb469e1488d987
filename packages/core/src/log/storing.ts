import { tick } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import type { Carrier } from '../recording/frame.ts'
import type { FrameWriter } from '../recording/frame-writer.ts'
import type { Platform } from '../runtime/platform.ts'

/** What a `Storing` needs of its log. */
export interface StoringNeeds {
  readonly writer: FrameWriter
  readonly carrier: Carrier
  readonly platform: Platform
  /** The log's `deadlineMs`. */
  readonly deadlineMs: number
}

/** Has all that a log recorded so far stored. */
export class Storing {
  readonly #needs: StoringNeeds
  #storedAt = 0

  constructor(needs: StoringNeeds) {
    this.#needs = needs
  }

  /** The journal has stored something: whoever waits for it goes on waiting. */
  progressed(): void {
    this.#storedAt = tick()
  }

  /** Resolves when all is stored; rejects with an AuditError. It has no deadline. */
  async all(): Promise<void> {
    const { writer, carrier } = this.#needs
    await writer.requestsRead()
    writer.recordLost()
    await carrier.flush()
    // What found no room before goes on as long as some of it does.
    for (let left = Number.POSITIVE_INFINITY; ; ) {
      writer.recordLost()
      const { unwritten } = writer
      await carrier.flush()
      if (unwritten >= left || unwritten === 0) break
      left = unwritten
    }
  }

  /** `all`, for as long as the journal gets on: rejects with `journal_failed` where it stores nothing until the deadline. */
  async whileItGetsOn(): Promise<void> {
    const { platform, deadlineMs } = this.#needs
    const begin = tick()
    let cancel: (() => void) | undefined
    const stalled = new Promise<never>((_, reject) => {
      const look = () => {
        const leftMs = Math.max(begin, this.#storedAt) + deadlineMs - tick()
        if (leftMs > 0) cancel = platform.defer(look, leftMs)
        else reject(new AuditError('journal_failed', `nothing was stored within ${deadlineMs} ms`))
      }
      look()
    })
    try {
      await Promise.race([this.all(), stalled])
    } finally {
      cancel?.()
    }
  }
}
