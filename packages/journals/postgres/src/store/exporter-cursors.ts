import type { CursorChange, ExporterState, SetAside } from '@slm-audit/core/journal'
import type { Connection, Row } from '../connection/connection.ts'
import { storable } from '../connection/storable.ts'

/** A holder that is not heard of for so long has lost its exporter to whoever asks next, in seconds. */
const LEASE_S = 30
/** How often a holder is heard of, in milliseconds. */
export const RENEW_MS = 10_000

/** An exporter's state, if the log knows it. */
export async function loadState(
  connection: Connection,
  name: string
): Promise<ExporterState | undefined> {
  const sql = `SELECT next, state FROM ${connection.schema}.exporters WHERE name = $1 AND state IS NOT NULL`
  const [row] = await connection.rows(sql, [name])
  return row && stateOf(row)
}

/** The state of a row of `exporters`. */
export function stateOf({ next, state }: Row): ExporterState {
  return { ...(JSON.parse(String(state)) as Omit<ExporterState, 'next'>), next: Number(next) }
}

/** What was set aside of an exporter, by index. */
export async function loadSetAside(connection: Connection, name: string): Promise<SetAside[]> {
  const sql = `SELECT idx AS index, at, reason FROM ${connection.schema}.set_aside
    WHERE exporter = $1 ORDER BY idx`
  return (await connection.rows(sql, [name])) as unknown as SetAside[]
}

/** Makes a holder the one who delivers, by the server's clock; false while there is another. */
export async function claim(
  connection: Connection,
  name: string,
  holder: string
): Promise<boolean> {
  const sql = `INSERT INTO ${connection.schema}.exporters AS own (name, holder, held_until)
    VALUES ($1, $2, now() + interval '${LEASE_S} s')
    ON CONFLICT (name) DO UPDATE SET holder = excluded.holder, held_until = excluded.held_until
      WHERE own.holder IS NULL OR own.holder = excluded.holder OR own.held_until < now()`
  return (await connection.run(sql, [name, holder])) > 0
}

/** Holders go on holding. */
export async function renew(connection: Connection, holders: readonly string[]): Promise<void> {
  const sql = `UPDATE ${connection.schema}.exporters SET held_until = now() + interval '${LEASE_S} s'
    WHERE holder = ANY($1)`
  await connection.run(sql, [holders])
}

/** Gives up what holders have. */
export async function release(
  connection: Connection,
  holders: readonly string[],
  name?: string
): Promise<void> {
  const sql = `UPDATE ${connection.schema}.exporters SET holder = NULL, held_until = NULL
    WHERE holder = ANY($1) AND ($2::text IS NULL OR name = $2)`
  await connection.run(sql, [holders, name ?? null])
}

/** Stores a change. False where the holder has it no more, or the state is not the one that it expects. */
export function save(
  connection: Connection,
  name: string,
  holder: string,
  { expected, state, setAside }: CursorChange
): Promise<boolean> {
  const s = connection.schema
  const { next, ...rest } = state
  return connection.transaction(async () => {
    const changed = await connection.run(
      `UPDATE ${s}.exporters SET next = $3, state = $4, held_until = now() + interval '${LEASE_S} s'
        WHERE name = $1 AND holder = $2 AND next IS NOT DISTINCT FROM $5`,
      [name, holder, next, JSON.stringify(rest), expected ?? null]
    )
    if (changed === 0) return false
    if (!setAside) return true
    const { index, at, reason } = setAside
    await connection.run(
      `INSERT INTO ${s}.set_aside VALUES ($1, $2, $3, $4)
        ON CONFLICT (exporter, idx) DO UPDATE SET at = excluded.at, reason = excluded.reason`,
      [name, index, at, storable(reason)]
    )
    return true
  })
}
