import { tick } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { typeOfError } from '../record/outcome.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Append } from './raw-record.ts'
import { type Built, DraftQueue, type Entry, type Waiting } from './record-queue.ts'

/** Bounds and pace of a pump. */
export interface PumpOptions {
  /** Longest time that a record waits for others to share its transaction, in milliseconds. */
  readonly windowMs: number
  /** Most records in one append. */
  readonly batchSize: number
  /** Most records that may wait. */
  readonly maxRecords: number
  /** Most estimated bytes that may wait. */
  readonly maxBytes: number
}

const MAX_IN_FLIGHT = 3
/** So many records do not wait for the window's end. */
const ENOUGH = 100
/** Longest stretch of making drafts before the loop is given back, in milliseconds. */
const SLICE_MS = 0.25
/**
 * What nobody waits for is made in even parts, with pauses: timers of the application that fall due
 * meanwhile are late by all that is done in their millisecond.
 */
const PAUSE_MS = 1
/** The part of the window after which that begins. */
const MAKING_AFTER = 0.6
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 15_000

/**
 * Carries records to the journal: batches them, keeps their order, tries again when the journal
 * fails, and counts what it had to give up because its bounds were reached.
 */
export class Pump {
  readonly #store: Append
  readonly #platform: Platform
  readonly #options: PumpOptions
  readonly #onProblem: (problem: AuditError) => void
  readonly #queue: DraftQueue
  readonly #failed: Built[] = []
  readonly #idle: ((error?: AuditError) => void)[] = []
  #bytes = 0
  #inFlight = 0
  #failures = 0
  #lost = 0
  /** How many of the failed records are tried at once. */
  #retrySize: number
  /** When the window ends in which drafts are being made. */
  #windowEnd: number | undefined
  #cancelTimer: (() => void) | undefined
  #dueSoon = false

  constructor(
    append: Append,
    platform: Platform,
    options: PumpOptions,
    onProblem: (problem: AuditError) => void
  ) {
    this.#store = append
    this.#platform = platform
    this.#options = options
    this.#onProblem = onProblem
    this.#retrySize = options.batchSize
    this.#queue = new DraftQueue(options.batchSize, {
      due: (delayMs) => this.#schedule(delayMs),
      takenBack: (entry) => this.#settle(entry),
      unmade: (entry, cause) => this.#unmade(entry, cause)
    })
  }

  /** Records that are not known to be stored. */
  get waiting(): number {
    return this.#queue.length + this.#failed.length
  }

  /** Records lost since the last call. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
  }

  /** Most appends under way at once. */
  get #limit(): number {
    return this.#failures > 0 ? 1 : MAX_IN_FLIGHT
  }

  /** Takes an entry; a full queue gives it up at once. `urgent` skips the window. */
  push(entry: Entry, urgent: boolean): void {
    const { maxRecords, maxBytes, batchSize, windowMs } = this.#options
    const { waiting } = this
    if (waiting >= maxRecords || (waiting > 0 && this.#bytes + entry.weight > maxBytes)) {
      const problem = new AuditError(
        'queue_full',
        `${waiting} records wait for the journal, so one more was lost; see the problem before this one`
      )
      this.#giveUp(entry, problem)
      return
    }
    this.#queue.push(entry)
    this.#bytes += entry.weight
    if (this.#failures > 0) return
    const isDue = urgent || this.#queue.waiting >= Math.min(ENOUGH, batchSize)
    this.#schedule(isDue ? 0 : windowMs * MAKING_AFTER)
  }

  /** Resolves when all records taken so far are stored; rejects when the journal fails. */
  flush(): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#idle.push((error) => (error ? reject(error) : resolve()))
      this.#schedule(0)
    })
  }

  /** Gives up all records that are not under way; returns how many, with those they count. */
  abandon(problem: AuditError): number {
    let lost = 0
    for (const entry of [...this.#failed.splice(0), ...this.#queue.clear()]) {
      this.#bytes -= entry.weight
      lost += entry.lost ?? 1
      entry.done?.(problem)
    }
    return lost
  }

  /** Hands everything to the journal without waiting: for a process that exits. */
  pushAllNow(): void {
    this.#stopTimer()
    const built = [...this.#failed.splice(0), ...this.#queue.takeAll()]
    while (built.length > 0) void this.#append(built.splice(0, this.#options.batchSize), false)
  }

  #schedule(delayMs: number): void {
    const soon = delayMs === 0
    if (this.#cancelTimer && (this.#dueSoon || !soon)) return
    this.#stopTimer()
    this.#dueSoon = soon
    this.#cancelTimer = this.#platform.defer(() => {
      this.#cancelTimer = undefined
      this.#run(soon)
    }, delayMs)
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #run(isDue: boolean): void {
    while (this.#inFlight < this.#limit) {
      const batch = this.#nextBatch(isDue ? Number.POSITIVE_INFINITY : this.#evenPart())
      if (batch === undefined) {
        this.#schedule(isDue ? 0 : PAUSE_MS)
        return
      }
      this.#windowEnd = undefined
      if (batch.length === 0) break
      void this.#append(batch, !isDue)
      if (this.#queue.waiting > 0 && this.#failures === 0) {
        this.#schedule(0)
        return
      }
    }
    this.#settleIdle()
  }

  /** How many drafts to make now so that all are made when the window ends. */
  #evenPart(): number {
    const now = tick()
    this.#windowEnd ??= now + this.#options.windowMs * (1 - MAKING_AFTER)
    const parts = Math.max(1, (this.#windowEnd - now) / PAUSE_MS)
    return Math.ceil(this.#queue.waiting / parts)
  }

  /** Failed records first; else the next, `undefined` while they are not made. */
  #nextBatch(part: number): Built[] | undefined {
    if (this.#failed.length > 0) return this.#failed.splice(0, this.#retrySize)
    return this.#queue.next(part, SLICE_MS)
  }

  #unmade(entry: Entry, cause: unknown): void {
    this.#bytes -= entry.weight
    const message = `a record could not be made and is lost: ${typeOfError(cause)}; report it with the cause`
    this.#giveUp(entry, new AuditError('protocol_failed', message, { cause }))
  }

  async #append(batch: readonly Built[], isPatient: boolean): Promise<void> {
    let wasBehind = false
    this.#inFlight++
    try {
      await this.#store(
        batch.map(({ record }) => record),
        isPatient
      )
      // Records may be left for which there was no room.
      wasBehind = this.#failures > 0 || this.#inFlight >= MAX_IN_FLIGHT
      this.#inFlight--
      this.#failures = 0
      this.#retrySize = Math.min(this.#retrySize * 2, this.#options.batchSize)
      for (const entry of batch) this.#settle(entry)
    } catch (cause) {
      this.#inFlight--
      this.#appendFailed(batch, cause)
      return
    }
    if (this.waiting === 0) this.#settleIdle()
    else if (this.#idle.length > 0 || wasBehind) this.#schedule(0)
    else this.#schedule(this.#options.windowMs * MAKING_AFTER)
  }

  #appendFailed(batch: readonly Built[], cause: unknown): void {
    const problem = AuditError.is(cause)
      ? cause
      : new AuditError('journal_failed', `the journal failed: ${messageOf(cause)}`, { cause })
    const [only] = batch
    const isBad = problem.code === 'bad_record'
    this.#failures++
    if (isBad && only && batch.length === 1) {
      this.#bytes -= only.weight
      this.#giveUp(only, problem)
      this.#retrySize = this.#options.batchSize
    } else if (isBad) {
      // Halves show whose record it is.
      this.#failed.unshift(...batch.map(sentBefore))
      this.#retrySize = Math.ceil(batch.length / 2)
    } else {
      this.#failed.push(...batch.map(sentBefore))
      this.#onProblem(problem)
      // One by one, so that none can hold up the others.
      this.#retrySize = this.#failures > 1 ? 1 : this.#options.batchSize
    }
    for (const settle of this.#idle.splice(0)) settle(problem)
    const delay = isBad ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS)
    if (this.waiting > 0) this.#schedule(delay)
  }

  #settle(entry: Waiting): void {
    this.#bytes -= entry.weight
    entry.done?.()
  }

  #giveUp(entry: Waiting, problem: AuditError): void {
    this.#lost += entry.lost ?? 1
    this.#onProblem(problem)
    entry.done?.(problem)
  }

  #settleIdle(): void {
    if (this.waiting > 0 || this.#inFlight > 0) return
    for (const settle of this.#idle.splice(0)) settle()
  }
}

function sentBefore(entry: Built): Built {
  return { ...entry, record: { ...entry.record, retried: true } }
}
