import { AuditError, isObject } from '@slm-audit/core/journal'
import type { Database } from '../../driver/database.ts'

/**
 * Work on a log that goes on over several transactions. It is noted in the database until all of it is done, so that
 * whoever opens the log next finishes what a kill has cut short.
 */
export class PendingWork<T extends object> {
  readonly #name: string

  /** @param name Names it in the table `meta`. */
  constructor(name: string) {
    this.#name = name
  }

  /** The work that has begun and is not done. */
  in(database: Database): T | undefined {
    const text = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(this.#name)
    if (typeof text !== 'string') return undefined
    const value: unknown = JSON.parse(text)
    return isObject(value) ? (value as T) : undefined
  }

  /**
   * Notes that work has begun, as `make` says once nobody else writes. Throws AuditError `journal_unavailable` while other work of its name is under way.
   *
   * @param what What it is called, for people: `erasure`.
   */
  begin(database: Database, make: () => T, what: string): void {
    const begin = database.transaction(() => {
      if (this.in(database)) {
        const message = `another ${what} of ${database.name} is under way; wait for its end, then try again`
        throw new AuditError('journal_unavailable', message)
      }
      this.save(database, make())
    })
    begin.immediate()
  }

  /** Notes how far the work is, in the transaction of what it did. */
  save(database: Database, work: T): void {
    database
      .prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
      .run(this.#name, JSON.stringify(work))
  }

  /** All of it is done. */
  end(database: Database): void {
    database.prepare('DELETE FROM meta WHERE name = ?').run(this.#name)
  }
}
