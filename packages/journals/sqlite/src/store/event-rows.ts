import { parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { sealedAt } from './sealed-rows.ts'

/**
 * The records of no call that are of some kinds, before an index, oldest first. Nothing but the records
 * themselves is believed: the index over auditId and stage, which SQLite keeps, is walked for records of
 * no call, some 100 ns a record.
 */
export function eventsOf(
  database: Database,
  kinds: readonly string[],
  before = Number.MAX_SAFE_INTEGER
): SealedRecord[] {
  // What says so in another place of the header is told apart by parsing it.
  const says = kinds.map(() => 'instr(header, ?) > 0').join(' OR ')
  const indices = database
    .prepare(
      `WITH events AS MATERIALIZED (SELECT idx FROM records WHERE stage = 'event')
        SELECT records.idx FROM events CROSS JOIN records ON records.idx = events.idx
          WHERE records.idx < CAST(? AS INTEGER) AND (${says}) ORDER BY records.idx`
    )
    .pluck()
    .all(before, ...kinds.map((kind) => `"kind":"${kind}"`)) as number[]
  return indices.flatMap((index) => {
    const sealed = sealedAt(database, index)
    return sealed && isOf(sealed, kinds) ? [sealed] : []
  })
}

function isOf(sealed: SealedRecord, kinds: readonly string[]): boolean {
  const { kind, stage } = parseRecord(sealed)
  return stage === 'event' && kinds.includes(kind)
}
