import type { Database, Statement } from '../driver/database.ts'

/**
 * Which calls are open, and which writer is to end them. A row is made for a call that has not
 * ended in the transaction in which it was received, so that the table stays as small as the calls
 * that are open are few. It is a note to whoever opens the log after a crash: what it says of a
 * call is held against the records.
 */
export class OpenCalls {
  readonly #writerId: string
  readonly #insert: Statement
  readonly #delete: Statement
  readonly #received = new Set<string>()
  readonly #ended = new Set<string>()

  constructor(database: Database, writerId: string) {
    this.#writerId = writerId
    this.#insert = database.prepare('INSERT OR REPLACE INTO calls_in_flight VALUES (?, ?)')
    this.#delete = database.prepare('DELETE FROM calls_in_flight WHERE audit_id = ?')
  }

  /** Takes the stage of a record that is stored; it is in the table after the next `flush`. */
  add(auditId: string, stage: string): void {
    if (stage === 'received') this.#received.add(auditId)
    else if (stage !== 'event' && !this.#received.delete(auditId)) this.#ended.add(auditId)
  }

  /** Stores what was added. Throws SQLite's error, after which `forget` is due. */
  flush(): void {
    for (const auditId of this.#received) this.#insert.run(auditId, this.#writerId)
    for (const auditId of this.#ended) this.#delete.run(auditId)
    this.forget()
  }

  /** Drops what was added since the last `flush`. */
  forget(): void {
    this.#received.clear()
    this.#ended.clear()
  }
}

/** The writers that left calls open. */
export function writersOfOpenCalls(database: Database): string[] {
  return database.prepare('SELECT DISTINCT writer FROM calls_in_flight').pluck().all() as string[]
}

/** Headers of the calls that a writer received and that have not ended, in the order of the log. */
export function openCallsOf(database: Database, writerId: string): string[] {
  const headers = database
    .prepare(
      `SELECT header FROM calls_in_flight CROSS JOIN records USING (audit_id)
        WHERE writer = ? AND records.stage = 'received' AND NOT EXISTS (
          SELECT 1 FROM records AS others
            WHERE others.audit_id = calls_in_flight.audit_id AND others.stage <> 'received')
        ORDER BY idx`
    )
    .pluck()
  return headers.all(writerId) as string[]
}

/** Forgets what a writer left open, once it has ended. */
export function forgetCallsOf(database: Database, writerId: string): void {
  database.prepare('DELETE FROM calls_in_flight WHERE writer = ?').run(writerId)
}
