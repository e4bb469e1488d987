import { CALL_COLUMNS, ROLLUP_MS, type TalliedDocument } from '@slm-audit/core/store'
import type { Connection, Row } from '../connection/connection.ts'
import { addTallies } from './add-tallies.ts'
import { keyOfText } from './facet-keys.ts'

const COLUMNS = Object.keys(CALL_COLUMNS)

/**
 * Takes calls out of the index of which no record is left, and records about calls that are gone: lists, words, values and figures.
 * In a transaction that has locked the index, behind what took the records. Rejects with AuditError.
 */
export async function forgetCalls(
  connection: Connection,
  auditIds: readonly string[],
  indices: readonly number[]
): Promise<void> {
  const s = connection.schema
  await connection.run(`DELETE FROM ${s}.annotations WHERE idx = ANY($1)`, [indices])
  const gone = await connection.rows(
    `DELETE FROM ${s}.calls AS own WHERE audit_id = ANY($1)
      AND NOT EXISTS (SELECT 1 FROM ${s}.records AS left_of WHERE left_of.audit_id = own.audit_id)
      RETURNING id, kind, stage, received_at, facets`,
    [auditIds]
  )
  if (gone.length === 0) return
  await connection.run(`DELETE FROM ${s}.texts WHERE id = ANY($1)`, [gone.map(({ id }) => id)])
  await forgetValues(connection, gone)
  const counted = gone.filter(({ kind, stage }) => kind === 'call' && stage !== 'received')
  const hours = counted.map((row) => Math.floor(Number(row.received_at) / ROLLUP_MS))
  await recount(connection, [...new Set(hours)])
}

/** One call less has each of its values; a value that no call has any more is not listed. */
async function forgetValues(connection: Connection, gone: readonly Row[]): Promise<void> {
  const s = connection.schema
  const counts = new Map<string, number>()
  for (const { stage, facets } of gone) {
    for (const text of facets as readonly string[]) {
      // What was said of a call was counted with the call, and other values once it had ended.
      const isCounted = text.startsWith('annotation') ? stage !== 'event' : stage !== 'received'
      counts.set(text, (counts.get(text) ?? 0) + (isCounted ? 1 : 0))
    }
  }
  await connection.run(
    `UPDATE ${s}.facets AS own SET calls = greatest(0, calls - less.count)
      FROM unnest($1::text[], $2::bigint[]) AS less (text, count)
      WHERE own.facet || '=' || own.value = less.text`,
    [[...counts.keys()], [...counts.values()]]
  )
  const texts = [...counts.keys()]
  await connection.run(
    `DELETE FROM ${s}.facets AS own USING unnest($1::text[], $2::text[]) AS less (text, key)
      WHERE own.calls = 0 AND own.facet || '=' || own.value = less.text
        AND NOT EXISTS (SELECT 1 FROM ${s}.calls AS one WHERE one.keys @> ARRAY[less.key])`,
    [texts, texts.map(keyOfText)]
  )
}

/** Makes the figures of hours anew, of the calls that are left. */
async function recount(connection: Connection, hours: readonly number[]): Promise<void> {
  const s = connection.schema
  await connection.run(`DELETE FROM ${s}.rollups WHERE hour = ANY($1)`, [hours])
  const columns = COLUMNS.map((name) => `"${name}"`).join(', ')
  for (const hour of hours) {
    const rows = await connection.rows(
      `SELECT ${columns}, received_at, error_type, confidence, flags FROM ${s}.calls
        WHERE received_at >= $1 AND received_at < $2 AND kind = 'call' AND stage <> 'received'`,
      [hour * ROLLUP_MS, (hour + 1) * ROLLUP_MS]
    )
    await addTallies(
      connection,
      rows.map((row) => ({ document: talliedOf(row) }))
    )
  }
}

function talliedOf(row: Row): TalliedDocument {
  const columns = Object.fromEntries(COLUMNS.map((name) => [name, row[name]]))
  return {
    columns: columns as TalliedDocument['columns'],
    receivedAt: Number(row.received_at),
    errorType: row.error_type as TalliedDocument['errorType'],
    confidence: row.confidence as TalliedDocument['confidence'],
    flags: Number(row.flags)
  }
}
