import type { Append, Capture } from './capture.ts'
import { AuditError, messageOf } from './error.ts'
import type { Draft } from './journal.ts'
import { typeOfError } from './outcome.ts'
import type { Platform } from './platform.ts'

/** A record on its way to the journal. */
export interface Entry {
  /** Makes the draft, off the caller's path; none if it was taken back. One that throws is lost. */
  readonly build: () => Draft | Capture | undefined
  /** Settles when the draft can be made whole, while it cannot; later entries wait, too. */
  readonly reading?: () => Promise<void> | undefined
  /** Estimated size in bytes while it waits. */
  readonly weight: number
  /** How many records are lost with it; 1 unless given. */
  readonly lost?: number
  /** Told once: without an error when stored, with one when given up. */
  readonly done?: ((error?: AuditError) => void) | undefined
}

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
/** Longest stretch of building drafts before the loop is given back, in milliseconds. */
const SLICE_MS = 0.25
/** Longest that an entry whose source is not there holds up the others, in milliseconds. */
const PATIENCE_MS = 2_000
const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 15_000

/** An entry whose draft is made. */
interface Built extends Entry {
  readonly record: Draft | Capture
}

/**
 * Carries records to the journal: batches them, keeps their order, tries again when the journal
 * fails, and counts what it had to give up because its bounds were reached.
 */
export class Pump {
  readonly #store: Append
  readonly #platform: Platform
  readonly #options: PumpOptions
  readonly #onProblem: (problem: AuditError) => void
  readonly #waiting: Entry[] = []
  /** The beginning of the next batch. */
  readonly #made: Built[] = []
  readonly #failed: Built[] = []
  readonly #idle: ((error?: AuditError) => void)[] = []
  #bytes = 0
  #inFlight = 0
  #failures = 0
  #lost = 0
  /** Set while a record that can never be stored is among the failed ones. */
  #singly = false
  #heldSince: number | undefined
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
  }

  /** Records that are not known to be stored. */
  get waiting(): number {
    return this.#waiting.length + this.#made.length + this.#failed.length
  }

  /** Records lost since the last call. */
  takeLost(): number {
    const lost = this.#lost
    this.#lost = 0
    return lost
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
    this.#waiting.push(entry)
    this.#bytes += entry.weight
    if (this.#failures > 0) return
    this.#schedule(urgent || this.#waiting.length >= batchSize ? 0 : windowMs)
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
    const rest = [...this.#failed.splice(0), ...this.#made.splice(0), ...this.#waiting.splice(0)]
    for (const entry of rest) {
      this.#bytes -= entry.weight
      lost += entry.lost ?? 1
      entry.done?.(problem)
    }
    return lost
  }

  /** Hands everything to the journal without waiting: for a process that exits. */
  pushAllNow(): void {
    this.#stopTimer()
    const built = [...this.#failed.splice(0), ...this.#made.splice(0)]
    for (const entry of this.#waiting.splice(0)) this.#build(entry, built)
    while (built.length > 0) void this.#append(built.splice(0, this.#options.batchSize))
  }

  #schedule(delayMs: number): void {
    const soon = delayMs === 0
    if (this.#cancelTimer && (this.#dueSoon || !soon)) return
    this.#stopTimer()
    this.#dueSoon = soon
    this.#cancelTimer = this.#platform.defer(() => {
      this.#cancelTimer = undefined
      this.#run()
    }, delayMs)
  }

  #stopTimer(): void {
    this.#cancelTimer?.()
    this.#cancelTimer = undefined
  }

  #run(): void {
    const limit = this.#failures > 0 ? 1 : MAX_IN_FLIGHT
    while (this.#inFlight < limit) {
      const batch = this.#nextBatch()
      if (batch === undefined) {
        this.#schedule(0)
        return
      }
      if (batch.length === 0) break
      void this.#append(batch)
      if (this.#waiting.length > 0 && this.#failures === 0) {
        this.#schedule(0)
        return
      }
    }
    this.#settleIdle()
  }

  /**
   * The failed records first, one by one so that one bad record cannot hold up the others; else
   * the next ones, `undefined` while making them would hold up the loop for too long.
   */
  #nextBatch(): Built[] | undefined {
    if (this.#failed.length > 0)
      return this.#failed.splice(
        0,
        this.#singly || this.#failures > 1 ? 1 : this.#options.batchSize
      )
    this.#singly = false
    const until = performance.now() + SLICE_MS
    while (this.#made.length < this.#options.batchSize) {
      const [entry] = this.#waiting
      if (entry === undefined || this.#isHeldUp(entry)) break
      this.#waiting.shift()
      this.#build(entry, this.#made)
      if (performance.now() >= until && this.#waiting.length > 0) return undefined
    }
    return this.#made.splice(0)
  }

  /** Whether an entry's draft cannot be made yet; the pump then goes on once it can. */
  #isHeldUp(entry: Entry): boolean {
    const reading = entry.reading?.()
    const now = performance.now()
    if (!reading || now - (this.#heldSince ?? now) >= PATIENCE_MS) {
      this.#heldSince = undefined
      return false
    }
    if (this.#heldSince === undefined) void reading.then(() => this.#schedule(0))
    this.#heldSince ??= now
    this.#schedule(PATIENCE_MS)
    return true
  }

  #build(entry: Entry, batch: Built[]): void {
    try {
      const record = entry.build()
      if (record === undefined) this.#settle(entry)
      else batch.push({ ...entry, record })
    } catch (cause) {
      this.#bytes -= entry.weight
      const message = `a record could not be made and is lost: ${typeOfError(cause)}; report it with the cause`
      this.#giveUp(entry, new AuditError('protocol_failed', message, { cause }))
    }
  }

  async #append(batch: readonly Built[]): Promise<void> {
    this.#inFlight++
    try {
      await this.#store(batch.map(({ record }) => record))
      this.#inFlight--
      this.#failures = 0
      for (const entry of batch) this.#settle(entry)
    } catch (cause) {
      this.#inFlight--
      this.#appendFailed(batch, cause)
      return
    }
    if (this.waiting > 0) this.#schedule(0)
    else this.#settleIdle()
  }

  #appendFailed(batch: readonly Built[], cause: unknown): void {
    const problem = AuditError.is(cause)
      ? cause
      : new AuditError('journal_failed', `the journal failed: ${messageOf(cause)}`, { cause })
    const [only] = batch
    const isBad = problem.code === 'bad_record'
    if (batch.length === 1 && only && isBad) {
      this.#bytes -= only.weight
      this.#giveUp(only, problem)
    } else {
      for (const entry of batch) {
        this.#failed.push({ ...entry, record: { ...entry.record, retried: true } })
      }
      // Whose record it is shows when they are tried one by one.
      if (!isBad) this.#onProblem(problem)
      this.#singly ||= isBad
    }
    this.#failures++
    for (const settle of this.#idle.splice(0)) settle(problem)
    const delay = isBad ? 0 : Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS)
    if (this.waiting > 0) this.#schedule(delay)
  }

  #settle(entry: Entry): void {
    this.#bytes -= entry.weight
    entry.done?.()
  }

  #giveUp(entry: Entry, problem: AuditError): void {
    this.#lost += entry.lost ?? 1
    this.#onProblem(problem)
    entry.done?.(problem)
  }

  #settleIdle(): void {
    if (this.waiting > 0 || this.#inFlight > 0) return
    for (const settle of this.#idle.splice(0)) settle()
  }
}
