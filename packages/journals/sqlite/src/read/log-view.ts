import { explainDamage } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { readWithKeys } from '../store/contents/content-keys.ts'
import { hasChanged, openForReading } from '../store/open-database.ts'

/** How often a log is read anew because it was written meanwhile: writing begins once. */
const TRIES = 5

/**
 * A log that is open for reading, and what is made of its handle. It is opened again where it was
 * read as a still file and somebody has written it.
 */
export class LogView<View extends { close(): unknown }> {
  readonly #file: string
  readonly #make: (database: Database) => View
  /** Those of before are in use, perhaps, until the end. */
  readonly #opened: { readonly database: Database; readonly view: View }[] = []

  /** Throws AuditError as `openForReading` does. */
  constructor(file: string, make: (database: Database) => View) {
    this.#file = file
    this.#make = make
    this.#open()
  }

  /**
   * Reads something, again where it may be of two states of the log. Rejects with AuditError `journal_damaged` where SQLite
   * finds damage.
   */
  async read<T>(run: (view: View, database: Database) => T | Promise<T>): Promise<T> {
    for (let tries = 1; ; tries++) {
      const { view, database } = this.#current()
      try {
        const result = await readWithKeys(database, () => run(view, database))
        if (tries === TRIES || !hasChanged(database)) return result
      } catch (error) {
        if (tries === TRIES || !hasChanged(database)) throw explainDamage(database, error)
      }
    }
  }

  async close(): Promise<void> {
    for (const { database, view } of this.#opened.splice(0)) {
      await view.close()
      database.close()
    }
  }

  #current() {
    const newest = this.#opened.at(-1)
    return newest && !hasChanged(newest.database) ? newest : this.#open()
  }

  #open() {
    const database = openForReading(this.#file)
    try {
      const opened = { database, view: this.#make(database) }
      this.#opened.push(opened)
      return opened
    } catch (error) {
      database.close()
      throw explainDamage(database, error)
    }
  }
}
