import { KEY_ADDED, parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import { parseNote } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { eventsOf } from './event-rows.ts'
import { newestCheckpoint } from './stored-checkpoints.ts'

/** A header that says so; what says so in another place is told apart by parsing it. */
const SAYS_KEY_ADDED = `instr(header, '"kind":"${KEY_ADDED}"') > 0`

/** The records that gave a log its keys, before an index, oldest first. */
export function keyRecords(database: Database, before: number): SealedRecord[] {
  return eventsOf(database, [KEY_ADDED], before)
}

/** The newest key of a log that is open: looks only at the records that came since it was asked last. */
export class NewestKey {
  readonly #database: Database
  #seen = 0
  #key: string | undefined

  constructor(database: Database) {
    this.#database = database
  }

  /** The key as a verifier key, if the log has one. */
  get(): string | undefined {
    const size = Number(
      this.#database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
    )
    // A transaction that was undone may have taken records back.
    if (this.#seen > size) this.#seen = 0
    if (this.#seen === 0 && size > 0) [this.#key, this.#seen] = this.#first(size)
    if (this.#seen < size) this.#key = this.#newestIn(this.#seen, size) ?? this.#key
    this.#seen = size
    return this.#key
  }

  /**
   * The key at some size of the log: that of its first record where it has signed the newest
   * checkpoint, which is so until the first change of keys; else the newest of all.
   */
  #first(size: number): [key: string | undefined, size: number] {
    const newest = newestCheckpoint(this.#database)
    const first = this.#newestIn(0, 1)
    // The record before a checkpoint may be a change of keys, which both keys have signed.
    const isFirst = newest && first && newest.size <= size && hasSigned(newest.note, first)
    if (isFirst) return [first, newest.size - 1]
    const header = keyRecords(this.#database, size).at(-1)?.header
    return [header === undefined ? undefined : keyOf(header), size]
  }

  #newestIn(from: number, to: number): string | undefined {
    const headers = this.#database
      .prepare(
        `SELECT header FROM records WHERE idx >= ? AND idx < ? AND stage = 'event'
          AND ${SAYS_KEY_ADDED} ORDER BY idx DESC`
      )
      .pluck()
      .all(from, to) as string[]
    for (const header of headers) {
      const key = keyOf(header)
      if (key !== undefined) return key
    }
    return undefined
  }
}

/** Whether a checkpoint says to be signed by a key; whether it is, verification finds out. */
function hasSigned(checkpoint: string, key: string): boolean {
  const [name, id] = key.split('+')
  try {
    const { signatures } = parseNote(checkpoint)
    return signatures.some((signature) => signature.name === name && signature.keyId === id)
  } catch {
    return false
  }
}

function keyOf(header: string): string | undefined {
  const { kind, stage, event } = parseRecord({ header })
  return kind === KEY_ADDED && stage === 'event' ? String(event?.key) : undefined
}
