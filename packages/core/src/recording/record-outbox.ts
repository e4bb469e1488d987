import { AuditError, messageOf } from '../base/error.ts'
import type { Journal } from '../journal/journal.ts'
import type { DueRecord } from './frame-reader.ts'
import { markLate } from './late-record.ts'

/** What an outbox tells of. */
export interface OutboxEvents {
  /** These were stored. */
  stored(batch: readonly DueRecord[]): void
  /** This one never can be stored. */
  refused(record: DueRecord, problem: AuditError): void
  /** The journal failed; it is tried again after a pause in milliseconds. `isFirst` of an episode. */
  failed(problem: AuditError, isFirst: boolean, pauseMs: number): void
}

const FIRST_RETRY_MS = 100
const LAST_RETRY_MS = 15_000
/** So often a batch is tried whole. */
const POSTPONED_AFTER = 2

/**
 * Records that a journal has not taken, in their order. It is given some at a time, and again what it failed on,
 * so that no call's end is stored before its beginning.
 */
export class RecordOutbox {
  readonly #journal: Journal
  readonly #mostAtOnce: number
  readonly #events: OutboxEvents
  #records: DueRecord[] = []
  /** How many are given at once; fewer while one of them is bad. */
  #batchSize: number
  #given = 0
  #failures = 0

  constructor(journal: Journal, mostAtOnce: number, events: OutboxEvents) {
    this.#journal = journal
    this.#mostAtOnce = mostAtOnce
    this.#batchSize = mostAtOnce
    this.#events = events
  }

  get length(): number {
    return this.#records.length
  }

  /** Whether the journal is at work. */
  get isBusy(): boolean {
    return this.#given > 0
  }

  get isFailing(): boolean {
    return this.#failures > 0
  }

  /** Whether more records could be given than there are, or may have to go before those that are refused. */
  get isShort(): boolean {
    if (this.#records.length >= this.#mostAtOnce) return false
    return this.#records.length < this.#batchSize || this.#failures >= POSTPONED_AFTER
  }

  add(records: readonly DueRecord[]): void {
    this.#records.push(...records)
  }

  /** Gives the journal the next records. Never rejects. */
  async send(): Promise<void> {
    const records = this.#records
    const batch = records.slice(0, this.#batchSize)
    this.#given = batch.length
    let failure: { readonly cause: unknown } | undefined
    try {
      await this.#journal.append(markLate(batch.map(({ record }) => record)))
    } catch (cause) {
      failure = { cause }
    }
    // Given up meanwhile.
    if (this.#records !== records) return
    this.#given = 0
    if (failure) this.#failed(batch, failure.cause)
    else this.#stored(batch)
  }

  /** Gives the journal all that it has not been given, without waiting for it: for a process that exits. */
  sendAllNow(): void {
    const records = this.#records.slice(this.#given).map(({ record }) => record)
    while (records.length > 0) {
      const batch = records.splice(0, this.#mostAtOnce)
      this.#journal.append(markLate(batch)).catch(() => undefined)
    }
  }

  /** Gives up all records. Returns how many there were. */
  giveUp(): number {
    const { length } = this.#records
    this.#records = []
    this.#given = 0
    return length
  }

  #stored(batch: readonly DueRecord[]): void {
    this.#records.splice(0, batch.length)
    this.#failures = 0
    this.#batchSize = Math.min(this.#batchSize * 2, this.#mostAtOnce)
    this.#events.stored(batch)
  }

  #failed(batch: readonly DueRecord[], cause: unknown): void {
    const problem = AuditError.is(cause)
      ? cause
      : new AuditError('journal_failed', `the journal failed: ${messageOf(cause)}`, { cause })
    const [first] = batch
    if (problem.code === 'bad_record' && first) {
      this.#narrowDown(batch, first, problem)
      return
    }
    // Whether they were stored is unknown.
    this.#records.splice(0, batch.length, ...batch.map(sentBefore))
    const isFirst = this.#failures++ === 0
    if (first && this.#failures > POSTPONED_AFTER) this.#postpone(first)
    const pauseMs = Math.min(FIRST_RETRY_MS * 2 ** (this.#failures - 1), LAST_RETRY_MS)
    this.#events.failed(problem, isFirst, pauseMs)
  }

  /** Halves of a batch show which record it is that can never be stored. */
  #narrowDown(batch: readonly DueRecord[], first: DueRecord, problem: AuditError): void {
    this.#batchSize = Math.ceil(batch.length / 2)
    if (batch.length > 1) {
      this.#events.stored([])
      return
    }
    this.#records.shift()
    this.#batchSize = this.#mostAtOnce
    this.#events.refused(first, problem)
  }

  /** Lets the records of other calls go first, one by one: it may be one record that the journal cannot take. */
  #postpone({ record }: DueRecord): void {
    this.#batchSize = 1
    const isOfCall = (one: DueRecord) => one.record.record.auditId === record.record.auditId
    const others = this.#records.filter((one) => !isOfCall(one))
    this.#records = [...others, ...this.#records.filter(isOfCall)]
  }
}

function sentBefore({ sequence, record }: DueRecord): DueRecord {
  return { sequence, record: { ...record, retried: true } }
}
