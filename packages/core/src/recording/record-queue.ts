import { tick } from '../base/clock.ts'
import type { AuditError } from '../base/error.ts'
import type { Draft } from '../record/sealed-record.ts'
import type { Capture } from './raw-record.ts'

/** A record on its way to the journal. */
export interface Waiting {
  /** Estimated size in bytes while it waits. */
  readonly weight: number
  /** How many records are lost with it; 1 unless given. */
  readonly lost?: number | undefined
  /** Told once: without an error when stored, with one when given up. */
  readonly done?: ((error?: AuditError) => void) | undefined
}

/** A record whose draft is to be made. */
export interface Entry extends Waiting {
  /** Makes the draft, off the caller's path; none if it was taken back. One that throws is lost. */
  readonly build: () => Draft | Capture | undefined
  /** Settles when the draft can be made whole, while it cannot; later entries wait, too. */
  readonly reading?: (() => Promise<void> | undefined) | undefined
}

/** A record whose draft is made; what it was made of can go. */
export interface Built extends Waiting {
  readonly record: Draft | Capture
}

/** A batch takes no more records once it holds so many estimated bytes: copying it holds up the loop. */
const BATCH_BYTES = 1024 * 1024
/** Longest that an entry whose source is not there holds up the others, in milliseconds. */
const PATIENCE_MS = 2_000

/** What becomes of entries that no batch gets. */
export interface DraftQueueEvents {
  /** Asks for `next` to be called again after a time. */
  due(delayMs: number): void
  takenBack(entry: Entry): void
  unmade(entry: Entry, cause: unknown): void
}

/** Entries in their order, whose drafts are made bit by bit. */
export class DraftQueue {
  readonly #batchSize: number
  readonly #events: DraftQueueEvents
  readonly #waiting: Entry[] = []
  /** The beginning of the next batch. */
  #made: Built[] = []
  #madeBytes = 0
  #heldSince: number | undefined

  constructor(batchSize: number, events: DraftQueueEvents) {
    this.#batchSize = batchSize
    this.#events = events
  }

  get length(): number {
    return this.#waiting.length + this.#made.length
  }

  /** Entries whose drafts are not made. */
  get waiting(): number {
    return this.#waiting.length
  }

  push(entry: Entry): void {
    this.#waiting.push(entry)
  }

  /** The next batch; `undefined` while that takes more than `part` drafts, or more than `sliceMs`. */
  next(part: number, sliceMs: number): Built[] | undefined {
    const until = tick() + sliceMs
    let left = part
    while (this.#made.length < this.#batchSize && this.#madeBytes < BATCH_BYTES) {
      const [entry] = this.#waiting
      if (entry === undefined || this.#isHeldUp(entry)) break
      this.#waiting.shift()
      this.#make(entry)
      const isEnough = --left <= 0 || tick() >= until
      if (isEnough && this.#waiting.length > 0) return undefined
    }
    return this.#takeMade()
  }

  /** All that can be made, at once. */
  takeAll(): Built[] {
    for (const entry of this.#waiting.splice(0)) this.#make(entry)
    return this.#takeMade()
  }

  /** Empties the queue. */
  clear(): readonly Waiting[] {
    return [...this.#takeMade(), ...this.#waiting.splice(0)]
  }

  #takeMade(): Built[] {
    const made = this.#made
    this.#made = []
    this.#madeBytes = 0
    return made
  }

  #make(entry: Entry): void {
    try {
      const record = entry.build()
      if (record === undefined) this.#events.takenBack(entry)
      else {
        const { weight, lost, done } = entry
        this.#made.push({ record, weight, lost, done })
        this.#madeBytes += weight
      }
    } catch (cause) {
      this.#events.unmade(entry, cause)
    }
  }

  /** Whether an entry's draft cannot be made yet; it is due again once it can. */
  #isHeldUp(entry: Entry): boolean {
    const reading = entry.reading?.()
    const now = tick()
    if (!reading || now - (this.#heldSince ?? now) >= PATIENCE_MS) {
      this.#heldSince = undefined
      return false
    }
    if (this.#heldSince === undefined) void reading.then(() => this.#events.due(0))
    this.#heldSince ??= now
    this.#events.due(PATIENCE_MS)
    return true
  }
}
