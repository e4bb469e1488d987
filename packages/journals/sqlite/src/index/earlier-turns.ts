import type { IndexRange } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { facetToken } from './facets.ts'

const TURNS = `SELECT audit_id FROM calls WHERE id IN (SELECT rowid FROM texts WHERE texts MATCH ?)
  AND id < ? AND (question IS NOT NULL OR answer IS NOT NULL)`

/**
 * The earlier calls of the sessions of some records, as far as the index still has words of them: with a later
 * turn of a conversation the parts go that an earlier one had left to it.
 */
export function earlierTurns(index: Database, ranges: readonly IndexRange[]): string[] {
  const sessionsIn = index
    .prepare('SELECT DISTINCT session FROM calls WHERE id >= ? AND id < ? AND session IS NOT NULL')
    .pluck()
  const turns = index.prepare(TURNS).pluck()
  const end = Math.max(...ranges.map(([, to]) => to))
  const sessions = new Set(ranges.flatMap((range) => sessionsIn.all(...range) as string[]))
  return [...sessions].flatMap(
    (session) => turns.all(`"${facetToken('session', session)}"`, end) as string[]
  )
}
