import type { StoredPlace } from '@slm-audit/core/node'
import { realFile } from '@slm-audit/core/node'
import type { Database, Statement } from '../driver/database.ts'

/** The folder of a log's spools. */
export function spoolsOf(file: string): string {
  return `${realFile(file)}-spool`
}

/** How far each spool has become evidence: stored with the records that were made of it. */
export class SpoolPlaces {
  readonly #read: Statement
  readonly #write: Statement
  readonly #forget: Statement

  constructor(database: Database) {
    this.#read = database.prepare('SELECT place FROM spools WHERE id = ?').pluck()
    this.#write = database.prepare('INSERT OR REPLACE INTO spools VALUES (?, ?)')
    this.#forget = database.prepare('DELETE FROM spools WHERE id = ?')
  }

  read(spool: string): string | undefined {
    return this.#read.get(spool) as string | undefined
  }

  /** Stores a place, in the transaction that is open. Throws SQLite's error. */
  store({ spool, place }: StoredPlace): void {
    if (place === undefined) this.#forget.run(spool)
    else this.#write.run(spool, place)
  }
}
