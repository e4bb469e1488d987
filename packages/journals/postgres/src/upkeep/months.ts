import { OVERHEAD_BYTES } from '@slm-audit/core/subjects'
import type { Connection } from '../connection/connection.ts'
import { reindexRecords } from '../index/indexer.ts'
import { KEPT_MONTH } from '../store/evidence-rows.ts'

/** Months that are over, began before a day, and have their tables still, by their first days. Rejects with AuditError. */
export async function monthsBefore(connection: Connection, first: string): Promise<string[]> {
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT DISTINCT to_char(month, 'YYYY-MM-DD') AS month FROM ${s}.records
      WHERE month < least($1::date, date_trunc('month', now() AT TIME ZONE 'UTC')::date) AND month <> $2
        AND to_regclass('${s}.contents_' || to_char(month, 'YYYY_MM')) IS NOT NULL ORDER BY month`,
    [first, KEPT_MONTH]
  )
  return rows.map(({ month }) => String(month))
}

/** The records of a month, ascending. Rejects with AuditError. */
export async function recordsIn(connection: Connection, month: string): Promise<number[]> {
  const sql = `SELECT idx FROM ${connection.schema}.records WHERE month = $1 ORDER BY idx`
  return (await connection.rows(sql, [month])).map(({ idx }) => Number(idx))
}

/** How many bytes of contents a month has. Rejects with AuditError. */
export async function bytesIn(connection: Connection, month: string): Promise<number> {
  const s = connection.schema
  const [row] = await connection.rows(
    `SELECT coalesce(sum(octet_length(body) - CASE WHEN key IS NULL THEN 0 ELSE $2::int END), 0)::bigint AS bytes
      FROM (SELECT month, body, key FROM ${s}.contents UNION ALL SELECT month, body, key FROM ${s}.parts) AS stored
      WHERE month = $1::date`,
    [month, OVERHEAD_BYTES]
  )
  return Number(row?.bytes)
}

/**
 * Drops the tables of a month's contents, and what the index has of them, which its caller has locked; for the owner. Rejects with
 * AuditError.
 */
export async function dropMonth(connection: Connection, month: string): Promise<void> {
  const s = connection.schema
  const suffix = month.slice(0, 7).replace('-', '_')
  await connection.script(
    `DROP TABLE ${s}.contents_${suffix}, ${s}.parts_${suffix}, ${s}.texts_${suffix}`
  )
  const sql = `UPDATE ${s}.calls SET question = NULL, answer = NULL WHERE month = $1`
  await connection.run(sql, [month])
  // The rows of a call that began in another month are there.
  const others = await connection.rows(
    `SELECT records.idx FROM ${s}.records JOIN ${s}.calls USING (audit_id)
      WHERE records.month = $1 AND calls.month <> $1 ORDER BY records.idx`,
    [month]
  )
  await reindexRecords(
    connection,
    others.map(({ idx }) => Number(idx))
  )
}
