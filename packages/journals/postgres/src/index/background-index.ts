import { setTimeout as sleep } from 'node:timers/promises'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { Connection } from '../connection/connection.ts'
import type { Place } from '../connection/connection-options.ts'
import { indexStep } from './indexer.ts'

/** So many records are worth a step at once; fewer wait for others. */
const SOON_RECORDS = 500
const WAIT_MS = 1_000
/** What was indexed gets as much time off, so that appends of this thread come in between. */
const REST_MS = 5
const RETRY_MS = 30_000

/**
 * Keeps the index of a log up, behind the appends and on a connection of its own. One process of all that have the log
 * open does it at a time. What it lacks the rights for is left to one that has them; readers say how far it is.
 */
export class BackgroundIndex {
  readonly #place: Place
  readonly #failed: (problem: AuditError) => void
  readonly #free: () => Promise<void>
  readonly #stop = new AbortController()
  #connection: Connection | undefined
  #timer: NodeJS.Timeout | undefined
  #running: Promise<void> | undefined
  #reached = 0
  #target = 0
  #hasTold = false

  /** `free` resolves when nothing is appended on this thread, or soon where that never ends; see `indexStep`. */
  constructor(place: Place, failed: (problem: AuditError) => void, free: () => Promise<void>) {
    this.#place = place
    this.#failed = failed
    this.#free = free
  }

  /** To be told of the log's size after appends. */
  soon(size: number): void {
    this.#target = Math.max(this.#target, size)
    this.#plan(size - this.#reached >= SOON_RECORDS ? 0 : WAIT_MS)
  }

  /** Stops behind the step that is under way. */
  async stop(): Promise<void> {
    this.#stop.abort()
    clearTimeout(this.#timer)
    // A statement that hangs must not hold up the end.
    await this.#connection?.close()
    await this.#running
    // It may have connected meanwhile.
    await this.#connection?.close()
  }

  #plan(delayMs: number): void {
    if (this.#running || this.#stop.signal.aborted) return
    if (delayMs === 0) clearTimeout(this.#timer)
    else if (this.#timer) return
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      this.#running = this.#run().finally(() => {
        this.#running = undefined
        if (this.#reached < this.#target) this.#plan(WAIT_MS)
      })
    }, delayMs)
  }

  async #run(): Promise<void> {
    try {
      while (this.#reached < this.#target && !this.#stop.signal.aborted) {
        if (!this.#connection || this.#connection.isLost) {
          this.#connection = await Connection.open(this.#place)
        }
        const { reached, isAtEnd, isBusy } = await indexStep(this.#connection, this.#free)
        this.#reached = reached
        this.#hasTold = false
        if (isAtEnd || isBusy) return
        await sleep(REST_MS)
      }
    } catch (cause) {
      await this.#tell(cause)
    }
  }

  async #tell(cause: unknown): Promise<void> {
    const { aborted } = this.#stop.signal
    if (aborted) return
    if (!this.#hasTold) {
      const message = `the index cannot be kept up, and lists and searches are behind: ${messageOf(cause)}`
      this.#failed(new AuditError('index_behind', message, { cause }))
    }
    this.#hasTold = true
    await sleep(RETRY_MS, undefined, { signal: this.#stop.signal, ref: false }).catch(
      () => undefined
    )
  }
}
