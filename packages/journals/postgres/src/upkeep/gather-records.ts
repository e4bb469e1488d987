import {
  type AuditRecord,
  parseRecord,
  type RecordScope,
  SCOPED_CONTEXT,
  scopedValue
} from '@slm-audit/core/journal'
import type { Connection, Parameter } from '../connection/connection.ts'

/** Records that one statement looks at: headers of all of them fit in memory. */
const RANGE = 20_000

/**
 * Reads the headers before an index that scopes may mean, in the order of the log, and those of all records that say
 * something of another; which of these are meant `ScopedRecords` knows. The evidence itself is asked: an index may be behind,
 * and whoever can write it must not decide what is erased. Rejects with AuditError.
 *
 * @param scopes Where one is absent all records are read.
 */
export async function gatherRecords(
  connection: Connection,
  scopes: readonly (RecordScope | undefined)[],
  until: number,
  add: (index: number, record: AuditRecord) => void
): Promise<void> {
  if (scopes.length === 0) return
  const values: Parameter[] = []
  const named = scopes.map((scope) => conditionOf(scope, values))
  const said = `stage = 'event' AND strpos(header, '"parent":"') > 0`
  const where = [...named, said].map((each) => `(${each})`).join(' OR ')
  const sql = `SELECT idx, header FROM ${connection.schema}.records
    WHERE idx >= $${values.length + 1} AND idx < $${values.length + 2} AND (${where}) ORDER BY idx`
  for (let from = 0; from < until; from += RANGE) {
    const to = Math.min(until, from + RANGE)
    for (const { idx, header } of await connection.rows(sql, [...values, from, to])) {
      add(Number(idx), parseRecord({ header: String(header) }))
    }
  }
}

/** What the headers of a scope's records have in their text; some others may, too. */
function conditionOf(scope: RecordScope | undefined, values: Parameter[]): string {
  if (!scope) return 'TRUE'
  const conditions = SCOPED_CONTEXT.flatMap((name) => {
    const value = scopedValue(scope, name)
    if (value === undefined) return []
    return [`strpos(header, $${values.push(JSON.stringify(value))}) > 0`]
  })
  if (scope.calls) conditions.push(`audit_id = ANY($${values.push(scope.calls)}::text[])`)
  return conditions.length === 0 ? 'FALSE' : conditions.join(' AND ')
}
