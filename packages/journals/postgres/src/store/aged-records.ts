import { type AgedRanges, newAgedRanges, readAging } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'

/** Records of what retention took, by what their headers have; what says so in another place is told apart by parsing it. */
export const OF_AGING = `stage = 'event'
  AND (strpos(header, '"kind":"contents.expired"') > 0 OR strpos(header, '"kind":"records.pruned"') > 0)`

/** Reads what the log says that retention took. Rejects with AuditError. */
export async function agedRanges(connection: Connection): Promise<AgedRanges> {
  const ranges = newAgedRanges()
  const rows = await connection.rows(
    `SELECT header FROM ${connection.schema}.records WHERE ${OF_AGING}`
  )
  for (const { header } of rows) {
    const aging = readAging({ header: String(header) })
    for (const range of aging?.ranges ?? []) if (aging) ranges[aging.kind].add(range)
  }
  return ranges
}
