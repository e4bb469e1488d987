import type { NewKey, RewrappedKey, StoredKey, UntoldKey } from '@slm-audit/core/subjects'
import type { Connection, Row } from '../../connection/connection.ts'
import { hasKeyTables } from '../schema.ts'

const COLUMNS = 'id, name, wrapped_by, wrapped, check_value'

/** Keys that one statement reads. */
const SOME = 256

/** Whether a log has data keys: from then on its contents are encrypted. Rejects with AuditError. */
export async function hasDataKeys(connection: Connection): Promise<boolean> {
  if (!(await hasKeyTables(connection))) return false
  const sql = `SELECT EXISTS (SELECT 1 FROM ${connection.schema}.content_keys) AS has_keys`
  const [row] = await connection.rows(sql)
  return row?.has_keys === true
}

/** The keys of some numbers, those that are there. Rejects with AuditError. */
export async function keysAt(
  connection: Connection,
  ids: readonly number[]
): Promise<readonly StoredKey[]> {
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.content_keys WHERE id = ANY($1)`
  return (await connection.rows(sql, [ids])).map(toKey)
}

/** Keys with larger numbers than one, some at a time, in order; none at the end. Rejects with AuditError. */
export async function keysBehind(
  connection: Connection,
  id: number
): Promise<readonly StoredKey[]> {
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.content_keys WHERE id > $1 ORDER BY id LIMIT ${SOME}`
  return (await connection.rows(sql, [id])).map(toKey)
}

/** The newest key of a subject and period that is in use. Rejects with AuditError. */
export async function keyOf(
  connection: Connection,
  subject: Uint8Array,
  period: string
): Promise<StoredKey | undefined> {
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.content_keys
    WHERE subject = $1 AND period = $2 AND wrapped IS NOT NULL ORDER BY id DESC LIMIT 1`
  const [row] = await connection.rows(sql, [subject, period])
  return row && toKey(row)
}

/** The keys that names of subjects are hashed with, oldest first. Rejects with AuditError. */
export async function secretRows(connection: Connection): Promise<readonly StoredKey[]> {
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.content_keys
    WHERE is_secret AND wrapped IS NOT NULL ORDER BY id`
  return (await connection.rows(sql)).map(toKey)
}

/** Stores new keys, all or none; their numbers, in order. Rejects with AuditError. */
export async function addKeys(
  connection: Connection,
  keys: readonly Omit<NewKey, 'of'>[],
  of: readonly (NewKey['of'] | undefined)[]
): Promise<number[]> {
  const rows = await connection.rows(
    `INSERT INTO ${connection.schema}.content_keys (name, is_secret, subject, period, wrapped_by, wrapped, check_value)
      SELECT * FROM unnest($1::text[], $2::bool[], $3::bytea[], $4::text[], $5::text[], $6::bytea[], $7::bytea[])
      RETURNING id, name`,
    [
      keys.map(({ name }) => name),
      of.map((each) => each === undefined),
      of.map((each) => bytesOf(each?.subject)),
      of.map((each) => each?.period ?? ''),
      keys.map(({ wrappedBy }) => wrappedBy),
      keys.map(({ wrapped }) => bytesOf(wrapped)),
      keys.map(({ checkValue }) => bytesOf(checkValue))
    ]
  )
  const ids = new Map(rows.map(({ id, name }) => [String(name), Number(id)]))
  return keys.map(({ name }) => ids.get(name) ?? 0)
}

/**
 * Puts another wrapped form in the place of the one that a key has; false where that is another one by now, or destroyed. Rejects
 * with AuditError.
 */
export async function replaceWrapped(
  connection: Connection,
  keys: readonly RewrappedKey[]
): Promise<number> {
  const sql = `UPDATE ${connection.schema}.content_keys SET wrapped = $1, wrapped_by = $2 WHERE id = $3 AND wrapped = $4`
  let replaced = 0
  for (const { key, wrapped, wrappedBy } of keys) {
    replaced += await connection.run(sql, [wrapped, wrappedBy, key.id, key.wrapped])
  }
  return replaced
}

/** Keys that were destroyed, and that no provider was told of. Rejects with AuditError. */
export async function untoldKeys(connection: Connection): Promise<UntoldKey[]> {
  const sql = `SELECT id, name FROM ${connection.schema}.content_keys WHERE wrapped IS NULL AND wrapped_by <> ''`
  return (await connection.rows(sql)).map(({ id, name }) => ({
    id: Number(id),
    name: String(name)
  }))
}

/** Notes that the provider was told of a key that was destroyed. Rejects with AuditError. */
export async function noteTold(connection: Connection, id: number): Promise<void> {
  await connection.run(
    `UPDATE ${connection.schema}.content_keys SET wrapped_by = '' WHERE id = $1`,
    [id]
  )
}

/** How many of some keys contents may not be encrypted with any more: they were destroyed. Rejects with AuditError. */
export async function goneAmong(connection: Connection, ids: readonly number[]): Promise<number> {
  const sql = `SELECT count(*) AS there FROM ${connection.schema}.content_keys WHERE id = ANY($1) AND wrapped IS NOT NULL`
  const [row] = await connection.rows(sql, [ids])
  return ids.length - Number(row?.there)
}

/** The driver knows bytes within lists as buffers alone. */
function bytesOf(bytes: Uint8Array | undefined): Buffer | null {
  return bytes ? Buffer.from(bytes) : null
}

function toKey({
  id,
  name,
  wrapped_by: wrappedBy,
  wrapped,
  check_value: checkValue
}: Row): StoredKey {
  return {
    id: Number(id),
    name: String(name),
    wrappedBy: String(wrappedBy),
    wrapped: wrapped instanceof Uint8Array ? new Uint8Array(wrapped) : null,
    checkValue: checkValue instanceof Uint8Array ? new Uint8Array(checkValue) : null
  }
}
