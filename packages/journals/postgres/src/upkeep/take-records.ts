import type { Connection } from '../connection/connection.ts'
import { forgetCalls } from '../index/forget-calls.ts'
import { recordsUsing } from './plan-erasure.ts'
import type { GoingRecord } from './retention-plan.ts'

/**
 * Takes records away, with what the index has of them, which its caller has locked; for the owner of the tables, who alone can put
 * their guard aside. The tree keeps their hashes. Rejects with AuditError.
 */
export async function takeRecords(
  connection: Connection,
  going: readonly GoingRecord[]
): Promise<void> {
  if (going.length === 0) return
  const s = connection.schema
  const indices = going.map(({ index }) => index)
  const guard = 'TRIGGER records_no_update_or_delete'
  await connection.script(`ALTER TABLE ${s}.records DISABLE ${guard}`)
  const gone = await connection.rows(
    `DELETE FROM ${s}.records WHERE idx = ANY($1) RETURNING month`,
    [indices]
  )
  await connection.script(`ALTER TABLE ${s}.records ENABLE ${guard}`)
  await takeRows(connection, indices, [...new Set(gone.map(({ month }) => String(month)))])
  await forgetCalls(connection, [...new Set(going.map(({ auditId }) => auditId))], indices)
}

/** Takes the rows that contents have left, and those of erased parts that nothing refers to any more. */
async function takeRows(
  connection: Connection,
  indices: readonly number[],
  months: readonly string[]
): Promise<void> {
  const s = connection.schema
  const rows = await connection.rows(
    `DELETE FROM ${s}.contents WHERE idx = ANY($1) AND month = ANY($2::date[]) RETURNING parts`,
    [indices, months]
  )
  const parts = new Set(rows.flatMap(({ parts: own }) => (own as readonly number[] | null) ?? []))
  for (const { part } of await recordsUsing(connection, [...parts])) parts.delete(part)
  await connection.run(
    `DELETE FROM ${s}.parts WHERE id = ANY($1) AND month = ANY($2::date[]) AND body IS NULL`,
    [[...parts], months]
  )
}
