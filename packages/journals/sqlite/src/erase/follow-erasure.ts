import { CONTENTS_ERASED, readErasure, type SealedRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { recordsAt } from './erase-scope.ts'
import { takeOut } from './take-out.ts'

/**
 * Takes out of a copy what the record of an erasure names, where the copy was given it before. In the
 * transaction that stores the record. Throws SQLite's error.
 */
export function followErasure(database: Database, sealed: SealedRecord): void {
  if (!sealed.header.includes(`"kind":"${CONTENTS_ERASED}"`)) return
  const { records, commitments } = readErasure(sealed)
  database.pragma('secure_delete = ON')
  takeOut(database, recordsAt(database, records), { only: new Set(commitments) })
}
