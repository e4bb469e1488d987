import { AuditError } from '@slm-audit/core/journal'
import { readTime } from '@slm-audit/core/reader'
import type { Database } from '../driver/database.ts'
import { exporterStatuses } from '../read/exporter-status.ts'
import { loadState } from '../store/cursor-store.ts'
import { openForWriting } from '../store/open-database.ts'

/** Where an exporter begins again: at a leaf index, or at the first record of an ISO 8601 instant. */
export type ReplayFrom = { readonly index: number } | { readonly at: string }

/** What a replay changed. */
export interface Replay {
  /** The first record that is delivered again. */
  readonly from: number
  /** Where the cursor was. */
  readonly before: number
  /** Records that were set aside in the range, and are tried again. */
  readonly triedAgain: number
}

/**
 * Moves an exporter's cursor back, so that records are delivered again; a process that delivers
 * notices within a second. Throws AuditError `not_found` for an exporter that this log does not
 * know, `bad_option` for a place that is not behind the cursor.
 */
export function replayExport(file: string, name: string, where: ReplayFrom): Replay {
  const database = openForWriting(file, 'process', '')
  try {
    return database.transaction(() => replay(database, name, where)).immediate()
  } finally {
    database.close()
  }
}

function replay(database: Database, name: string, where: ReplayFrom): Replay {
  const state = loadState(database, name)
  if (!state) throw unknown(database, name)
  const from = 'index' in where ? where.index : indexAt(database, where.at)
  const before = state.next
  if (!Number.isSafeInteger(from) || from < 0) {
    throw new AuditError('bad_option', `from must be a leaf index from 0 to ${before}`)
  }
  if (from > before) {
    throw new AuditError(
      'bad_option',
      `${name} has not delivered record ${from} yet: it is at ${before}, and replay only goes back`
    )
  }
  database.prepare('UPDATE exporters SET next = ? WHERE name = ?').run(from, name)
  const { changes } = database
    .prepare('DELETE FROM set_aside WHERE exporter = ? AND idx >= ?')
    .run(name, from)
  return { from, before, triedAgain: changes }
}

/** The first record that was made at an instant or later; the size when there is none. */
function indexAt(database: Database, at: string): number {
  const index = database
    .prepare(
      `SELECT coalesce(
        (SELECT idx FROM records WHERE header ->> '$.at' >= ? ORDER BY idx LIMIT 1),
        (SELECT coalesce(max(idx) + 1, 0) FROM records))`
    )
    .pluck()
    .get(new Date(readTime('from', at)).toISOString())
  return Number(index)
}

function unknown(database: Database, name: string): AuditError {
  const names = exporterStatuses(database).map((each) => each.name)
  const known = names.length > 0 ? `it knows ${names.join(', ')}` : 'it has had none'
  return new AuditError('not_found', `this log has no exporter ${name}; ${known}`)
}
