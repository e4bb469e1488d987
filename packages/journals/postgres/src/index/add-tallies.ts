import { HourTallies, type TalliedDocument } from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { insertRows } from '../store/insert-rows.ts'

/** Adds calls to the figures of their hours. */
export async function addTallies(
  connection: Connection,
  calls: readonly { readonly document: TalliedDocument }[]
): Promise<void> {
  const gathered = new HourTallies()
  for (const { document } of calls) gathered.add(document)
  const s = connection.schema
  const tallies = [...gathered.all()]
  if (tallies.length === 0) return
  const stored = await connection.rows(
    `SELECT dimension, value, hour, data::text AS data FROM ${s}.rollups
      WHERE (dimension, value, hour) IN (SELECT * FROM unnest($1::text[], $2::text[], $3::bigint[]))`,
    [
      tallies.map(({ of }) => of),
      tallies.map(({ value }) => value),
      tallies.map(({ hour }) => hour)
    ]
  )
  const keyOf = (...key: unknown[]) => JSON.stringify(key)
  const known = new Map(
    stored.map(({ dimension, value, hour, data }) => [keyOf(dimension, value, hour), String(data)])
  )
  const rows = tallies.map(({ of, value, hour, tally }) => {
    const before = known.get(keyOf(of, value, hour))
    if (before !== undefined) tally.merge(JSON.parse(before))
    return [of, value, hour, JSON.stringify(tally)]
  })
  const onConflict = `ON CONFLICT (dimension, hour, ${s}.digest_of(value)) DO UPDATE SET data = excluded.data`
  const columns = ['dimension', 'value', 'hour', 'data']
  await insertRows(connection, [{ table: 'rollups', columns, rows, onConflict }])
}
