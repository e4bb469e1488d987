import { HASH_BYTES } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { isDamage, readable } from './damage.ts'
import { LEVELS } from './tree.ts'

/**
 * The size of a log: one more than the largest index or, where the rows cannot be read, the number of
 * leaves in its tree. Throws AuditError `journal_damaged` where neither is to be had.
 */
export function sizeOf(database: Database): number {
  try {
    return Number(database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get())
  } catch (error) {
    if (!isDamage(error)) throw error
    return leavesOf(database)
  }
}

function leavesOf(database: Database): number {
  const sql = `SELECT coalesce(sum(octet_length(hashes)), 0) FROM tiles WHERE id % ${LEVELS} = 0`
  return readable(database, () => Number(database.prepare(sql).pluck().get()) / HASH_BYTES)
}
