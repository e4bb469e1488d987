import { isErasure, readErasure, type SealedRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { recordsAt } from './erase-scope.ts'
import { takeOut } from './take-out.ts'

/**
 * Takes out of a copy what the record of an erasure names, of the records before an index: where the copy was given it before.
 * In the transaction that stores the record. Throws SQLite's error.
 */
export function followErasure(database: Database, sealed: SealedRecord, before: number): void {
  if (!isErasure(sealed)) return
  const { records: named, commitments } = readErasure(sealed)
  const records = named.filter((index) => index < before)
  if (records.length === 0) return
  database.pragma('secure_delete = ON')
  takeOut(database, recordsAt(database, records), { only: new Set(commitments) })
}
