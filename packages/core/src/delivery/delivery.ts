import { backoffMs } from '../base/backoff.ts'
import { tick } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import type { Cursors } from '../journal/cursors.ts'
import type { Journal } from '../journal/journal.ts'
import type { Platform } from '../runtime/platform.ts'
import { attemptExport } from './attempt-export.ts'
import { ExportCursor } from './export-cursor.ts'
import { type Batch, ExportSource } from './export-source.ts'
import type { Exporter } from './exporter.ts'
import type { DeliverySettings } from './exporter-options.ts'
import { errorOf } from './kept-error.ts'
import type { Waiter } from './waiter.ts'

/** What a delivery needs of its log. */
export interface DeliveryHost {
  readonly journal: Journal
  readonly cursors: Cursors
  readonly platform: Platform
  report(problem: AuditError): void
  /** Runs without recording: an exporter may use an audited client. */
  silently<T>(run: () => T): T
  /** Hears of records that the journal dropped before they were delivered. */
  dropped(gap: { exporter: string; from: number; records: number }): void
}

/** Records set aside one after another without a pause; more go at the pace of retries. */
const REFUSED_AT_ONCE = 10
const SMOOTHING = 0.3
/** A pause until somebody wakes the delivery. */
const IDLE = Number.POSITIVE_INFINITY

/**
 * Delivers a journal's records to one exporter: one batch at a time, in order, and again until
 * the other end has stored or refused them. Holds one batch in memory while it is under way, and
 * none while it waits.
 */
export class Delivery {
  readonly exporter: Exporter
  readonly #settings: DeliverySettings
  readonly #host: DeliveryHost
  readonly #source: ExportSource
  readonly #cursor: ExportCursor
  readonly #stop = new AbortController()
  readonly #waiters: Waiter[] = []
  /** Ends of what is tried together until its fate is known, the next one last. */
  #ends: number[] = []
  #failures = 0
  #refused = 0
  /** Whether the batch before was stored with reservations, which were told. */
  #isNoted = false
  #fresh = 0
  /** When the oldest record that waits for others was heard of, by `tick`. */
  #freshAt: number | undefined
  /** Whether the next round may be one that nobody but the clock has asked for. */
  #isLook = false
  #rounds = 0
  #isUrgent = false
  /** Whether it waits before it tries again, which only a flush shortens. */
  #isPausing = false
  #running: Promise<void> | undefined
  #cancelTimer: (() => void) | undefined
  #dueAt = IDLE

  constructor(exporter: Exporter, settings: DeliverySettings, host: DeliveryHost) {
    this.exporter = exporter
    this.#settings = settings
    this.#host = host
    this.#source = new ExportSource(host.journal, settings)
    const start = settings.from === 'now' ? host.journal.size() : Promise.resolve(0)
    start.catch(() => undefined)
    this.#cursor = new ExportCursor(exporter.name, host.cursors, {
      start,
      size: () => host.journal.size(),
      moved: () => {
        this.#ends = []
      },
      report: (problem) => host.report(problem)
    })
    this.#schedule(0)
  }

  /** Hears of records that were appended. */
  wake(count: number): void {
    this.#fresh += count
    this.#freshAt ??= tick()
    if (this.#isPausing) return
    this.#schedule(this.#fresh >= this.#settings.batchSize ? 0 : this.#settings.delayMs)
  }

  /** Looks for what others did: appended records, a moved cursor, an exporter given up. */
  look(): void {
    this.#cursor.expire()
    if (this.#isPausing || this.#running) return
    this.#isLook = true
    this.#schedule(0)
  }

  /**
   * Resolves when what is stored now is delivered, or is left to another process or to later: at the
   * latest in the round that ends after the deadline.
   */
  async flush(deadline: number): Promise<void> {
    const target = await this.#host.journal.size()
    if (this.#stop.signal.aborted) return
    await new Promise<void>((resolve) => {
      const wasFailing = this.#failures > 0
      this.#waiters.push({ target, wasFailing, rounds: this.#rounds, deadline, resolve })
      this.#isUrgent = true
      this.#schedule(0)
    })
  }

  /** Stops: aborts what is under way and leaves the rest where the cursor is. */
  async stop(): Promise<void> {
    this.#stop.abort()
    this.#cancelTimer?.()
    for (const { resolve } of this.#waiters.splice(0)) resolve()
    await this.#running
    await this.#source.reset()
    await this.#cursor.release()
  }

  /** Records that are not delivered. */
  async lag(): Promise<number> {
    return (await this.#host.journal.size()) - this.#cursor.next
  }

  #schedule(delayMs: number): void {
    const dueAt = tick() + delayMs
    if (this.#stop.signal.aborted || this.#dueAt <= dueAt) return
    this.#dueAt = dueAt
    // A round that is under way looks at the time due when it ends.
    if (this.#running) return
    this.#cancelTimer?.()
    this.#cancelTimer = this.#host.platform.defer(() => {
      this.#running = this.#run()
    }, delayMs)
  }

  async #run(): Promise<void> {
    this.#dueAt = IDLE
    this.#fresh = 0
    const canWait = this.#isLook && !this.#isUrgent
    this.#isLook = false
    this.#isUrgent = false
    this.#isPausing = false
    this.#rounds++
    const pause = await this.#round(canWait).catch((cause: unknown) => this.#failed(cause))
    this.#running = undefined
    this.#isPausing = pause > 0 && pause !== IDLE
    this.#settleWaiters(pause)
    const dueAt = this.#dueAt
    this.#dueAt = IDLE
    if (this.#isUrgent) this.#schedule(0)
    else if (pause !== IDLE) this.#schedule(pause)
    else if (dueAt !== IDLE) this.#schedule(Math.max(0, dueAt - tick()))
  }

  /** One batch; returns the pause until the next in milliseconds. */
  async #round(canWait: boolean): Promise<number> {
    if (!(await this.#cursor.hold())) return this.#idle()
    const { next } = this.#cursor
    const waitMs = canWait ? await this.#patience() : 0
    if (waitMs > 0) {
      this.#schedule(waitMs)
      return this.#idle()
    }
    this.#freshAt = undefined
    const beganAt = tick()
    const batch = await this.#source.take(next, this.#ends.at(-1))
    if (batch.dropped > 0) {
      const { name } = this.exporter
      this.#host.dropped({ exporter: name, from: next, records: batch.dropped })
      await this.#cursor.advance({ next: next + batch.dropped })
    }
    if (batch.records.length === 0) {
      this.#ends.pop()
      if (batch.end > this.#cursor.next) await this.#cursor.advance({ next: batch.end })
      return batch.isLast ? this.#idle() : 0
    }
    const { deadlineMs } = this.#settings
    const { platform } = this.#host
    const result = await this.#host.silently(() =>
      attemptExport(this.exporter, batch.records, deadlineMs, platform, this.#stop.signal)
    )
    if (result.status === 'retry') return await this.#retry(batch, result.error, result.afterMs)
    this.#failures = 0
    if (result.status === 'rejected') return await this.#refuse(batch, result.error)
    await this.#delivered(batch, tick() - beganAt)
    await this.#note(result.problem)
    return batch.isLast && this.#ends.length === 0 && !this.#isAwaited ? IDLE : 0
  }

  /** How long what is there may wait for others to go with; what was begun, and a full batch, do not wait. */
  async #patience(): Promise<number> {
    const { batchSize, delayMs } = this.#settings
    const lag = await this.lag()
    if (this.#ends.length > 0 || lag === 0 || lag >= batchSize) return 0
    this.#freshAt ??= tick()
    return this.#freshAt + delayMs - tick()
  }

  /** Whether somebody waits for records that came after the last reading of the journal began. */
  get #isAwaited(): boolean {
    return this.#waiters.some(({ target }) => this.#cursor.next < target)
  }

  #idle(): number {
    this.#failures = 0
    return IDLE
  }

  async #delivered({ records, end }: Batch, tookMs: number): Promise<void> {
    this.#ends.pop()
    this.#refused = 0
    const { delivered = 0, rate } = this.#cursor.state ?? {}
    const now = (records.length / Math.max(tookMs, 0.001)) * 1000
    await this.#cursor.advance({
      next: end,
      delivered: delivered + records.length,
      rate: Math.round(rate === undefined ? now : rate + (now - rate) * SMOOTHING),
      storedAt: new Date().toISOString(),
      failures: 0
    })
  }

  /** Tells of the first of consecutive batches that the other end stored with reservations. */
  async #note(problem: unknown): Promise<void> {
    const isFirst = problem !== undefined && !this.#isNoted
    this.#isNoted = problem !== undefined
    if (!isFirst) return
    const lastError = errorOf(problem)
    const message = `${this.exporter.name} stored a batch, but: ${lastError.message}`
    this.#host.report(new AuditError('export_rejected', message, { cause: problem }))
    await this.#cursor.advance({ lastError })
  }

  /** The same records again after a pause; they are read anew then. */
  async #retry(batch: Batch, error: unknown, afterMs: number | undefined): Promise<number> {
    this.#ends.pop()
    this.#ends.push(batch.end)
    const pause = this.#failed(error, afterMs)
    if (!this.#stop.signal.aborted) {
      await this.#cursor.advance({ failures: this.#failures, lastError: errorOf(error) })
    }
    return pause
  }

  /** Halves a refused batch; a single record is set aside. */
  async #refuse({ records, end }: Batch, error: unknown): Promise<number> {
    this.#ends.pop()
    const middle = records[Math.ceil(records.length / 2)]
    if (middle) {
      this.#ends.push(end, middle.index)
      return 0
    }
    const index = records[0]?.index ?? this.#cursor.next
    const { at, message: reason } = errorOf(error)
    if (this.#refused++ === 0) {
      const message = `${this.exporter.name} refused record ${index}, which is set aside: ${reason}`
      this.#host.report(new AuditError('export_rejected', message, { cause: error }))
    }
    await this.#cursor.advance({ next: end, failures: 0 }, { index, at, reason })
    const tooMany = this.#refused - REFUSED_AT_ONCE
    return tooMany > 0 ? backoffMs(tooMany, this.#settings) : 0
  }

  /** Counts a failure, tells of the first of an episode, and returns the pause. */
  #failed(error: unknown, askedMs?: number): number {
    this.#cursor.expire()
    this.#source.forget()
    if (!this.#stop.signal.aborted && this.#failures++ === 0) {
      const message = `${this.exporter.name} failed and is tried again: ${errorOf(error).message}`
      this.#host.report(new AuditError('export_failed', message, { cause: error }))
    }
    return backoffMs(Math.max(this.#failures, 1), this.#settings, askedMs)
  }

  #settleWaiters(pause: number): void {
    for (const waiter of this.#waiters.splice(0)) {
      const { target, wasFailing, rounds, deadline, resolve } = waiter
      const isDone = this.#cursor.next >= target
      const isTooLate = tick() + pause > deadline
      const isDown = wasFailing && this.#failures > 0
      // Idle in a round that began before the wait means nothing.
      const isLeft = isTooLate || isDown || pause === IDLE
      if (isDone || (isLeft && rounds < this.#rounds)) resolve()
      else this.#waiters.push(waiter)
    }
  }
}
