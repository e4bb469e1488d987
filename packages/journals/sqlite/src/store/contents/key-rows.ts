import type { Database } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { prepared } from '../../driver/prepared.ts'

/** A data key as it is stored. */
export interface KeyRow {
  readonly id: number
  /** `k-` and 16 hexadecimal digits: what it is called where people read, and what it is bound to. */
  readonly name: string
  /** The wrapping key that wrapped it. */
  readonly wrapped_by: string
  /** Absent once it is destroyed. */
  readonly wrapped: Uint8Array | null
  /** Tells it from any other key (`checkValueOf`); keys of earlier versions have none. */
  readonly check_value?: Uint8Array | null
}

/** Databases that have the column of check values; one of an earlier version, which only a writer changes, has not. */
const checked = new WeakSet<Database>()

function columnsOf(database: Database): string {
  const sql = "SELECT 1 FROM pragma_table_info('content_keys') WHERE name = 'check_value'"
  const isChecked = checked.has(database) || prepared(database, sql).get() !== undefined
  if (isChecked) checked.add(database)
  return `id, name, wrapped_by, wrapped, ${isChecked ? '' : 'NULL AS '}check_value`
}

/** Whether a log has data keys: from then on its contents are encrypted. */
export function hasDataKeys(database: Database): boolean {
  if (!hasSchema(database, 'content_keys')) return false
  return prepared(database, 'SELECT 1 FROM content_keys LIMIT 1').get() !== undefined
}

/** A data key; `undefined` where there is none of the number. */
export function keyAt(database: Database, id: number): KeyRow | undefined {
  const sql = `SELECT ${columnsOf(database)} FROM content_keys WHERE id = ?`
  return prepared(database, sql).get(id) as KeyRow | undefined
}

/** Data keys behind one, some at a time, in order. */
export function keysBehind(database: Database, id: number, count = 256): KeyRow[] {
  if (!hasSchema(database, 'content_keys')) return []
  const sql = `SELECT ${columnsOf(database)} FROM content_keys WHERE id > ? ORDER BY id LIMIT ?`
  return prepared(database, sql).all(id, count) as KeyRow[]
}

/** The newest key of a subject and period. */
export function keyOfSubject(
  database: Database,
  subject: Uint8Array,
  period: string
): KeyRow | undefined {
  const sql = `SELECT ${columnsOf(database)} FROM content_keys
    WHERE subject = ? AND period = ? AND wrapped IS NOT NULL ORDER BY id DESC LIMIT 1`
  return prepared(database, sql).get(subject, period) as KeyRow | undefined
}

/** Whether new contents may be encrypted with a key: it is stored, and its subject was not erased. */
export function isKeyInUse(database: Database, id: number): boolean {
  const sql =
    'SELECT 1 FROM content_keys WHERE id = ? AND subject IS NOT NULL AND wrapped IS NOT NULL'
  return prepared(database, sql).get(id) !== undefined
}

/** A data key that a provider has wrapped. */
export interface NewKey {
  readonly name: string
  readonly wrappedBy: string
  readonly wrapped: Uint8Array
  readonly checkValue: Uint8Array
}

/** Stores a new key; its number. */
export function addKey(
  database: Database,
  key: NewKey,
  { subject, period }: { readonly subject: Uint8Array; readonly period: string }
): number {
  const sql = `INSERT INTO content_keys (name, subject, period, wrapped_by, wrapped, check_value)
    VALUES (?, ?, ?, ?, ?, ?) RETURNING id`
  const values = [key.name, subject, period, key.wrappedBy, key.wrapped, key.checkValue]
  return Number(
    prepared(database, sql)
      .pluck()
      .get(...values)
  )
}
