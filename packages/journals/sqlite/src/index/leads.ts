import { createHash } from 'node:crypto'
import type { Database, Statement } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'

/** Texts that are known from one call to the next. */
const MOST_KNOWN = 64
/** Bytes of a digest that a number holds. */
const ID_BYTES = 6

interface Known {
  readonly id: number
  isStored: boolean
}

/**
 * How the instructions of calls begin, for searches that find a word there: one text for the many calls that have it,
 * which the row of each names by a digest. One that a single call has is not stored, and none that an erasure
 * took: whoever misses it reads the call.
 */
export class Leads {
  readonly #insert: Statement
  readonly #known = new Map<string, Known>()

  constructor(index: Database) {
    this.#insert = index.prepare('INSERT OR IGNORE INTO leads VALUES (?, ?)')
  }

  /** The number that stands for the instructions of a call, which are stored once a second call has them. */
  add(text: string | null): number | null {
    if (text === null) return null
    const known = this.#known.get(text)
    if (!known) {
      const digest = createHash('sha256').update(text).digest()
      const id = digest.readUIntBE(0, ID_BYTES)
      this.#remember(text, { id, isStored: false })
      return id
    }
    if (!known.isStored) this.#insert.run(known.id, text)
    known.isStored = true
    return known.id
  }

  /** Forgets what is stored, as the step that stored it was not kept, or somebody else dropped it. */
  clear(): void {
    for (const known of this.#known.values()) known.isStored = false
  }

  #remember(text: string, known: Known): void {
    const [oldest] = this.#known.keys()
    if (this.#known.size >= MOST_KNOWN && oldest !== undefined) this.#known.delete(oldest)
    this.#known.set(text, known)
  }
}

/** Drops the instructions of a call that goes or has lost contents, for all that have the same. */
export function dropLead(index: Database, id: number): void {
  prepared(index, 'DELETE FROM leads WHERE id = (SELECT lead FROM calls WHERE id = ?)').run(id)
}
