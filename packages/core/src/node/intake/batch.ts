import { pendingEvent } from '../../record/event-record.ts'
import type { PendingRecord } from '../../record/sealed-record.ts'
import type { DueRecord } from '../../recording/frame-reader.ts'
import { markLate } from '../../recording/late-record.ts'
import type { Loss } from '../../recording/losses.ts'
import type { LeftLoss } from '../spool/index.ts'

/** The records that wait to be stored together. */
export class Batch {
  #records: PendingRecord[] = []
  #bytes = 0

  get records(): readonly PendingRecord[] {
    return this.#records
  }

  /** About how many bytes they have. */
  get bytes(): number {
    return this.#bytes
  }

  add(due: readonly DueRecord[]): void {
    for (const { record } of due) this.#push(record)
  }

  /** Records what was lost on its way, in its place. */
  addGap(loss: Loss): void {
    this.#push(pendingEvent('gap', { ...loss }))
  }

  /** Records what was lost at the end of a spool, which may have been recorded before. */
  addLeftGap({ auditId, ...loss }: LeftLoss): void {
    this.#push({ ...pendingEvent('gap', loss, [], auditId), retried: true })
  }

  /** Says of those that happened long ago that they are sealed now. */
  markLate(): void {
    this.#records = [...markLate(this.#records)]
  }

  /** Whether they were stored is unknown, so they are to be skipped where they were. */
  retry(): void {
    this.#records = this.#records.map((record) => ({ ...record, retried: true }))
  }

  /** Lets go of the first ones. */
  drop(count: number): void {
    for (const record of this.#records.splice(0, count)) this.#bytes -= sizeOf(record)
  }

  #push(record: PendingRecord): void {
    this.#records.push(record)
    this.#bytes += sizeOf(record)
  }
}

function sizeOf({ head, tail, contents }: PendingRecord): number {
  return contents.reduce((bytes, { body }) => bytes + body.length, head.length + tail.length)
}
