import type { NewKey, RewrappedKey, StoredKey, UntoldKey } from '@slm-audit/core/subjects'
import type { Database } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { prepared } from '../../driver/prepared.ts'

/** Databases that have the column of check values; one of an earlier version, which only a writer changes, has not. */
const checked = new WeakSet<Database>()

function columnsOf(database: Database): string {
  const sql = "SELECT 1 FROM pragma_table_info('content_keys') WHERE name = 'check_value'"
  const isChecked = checked.has(database) || prepared(database, sql).get() !== undefined
  if (isChecked) checked.add(database)
  const checkValue = isChecked ? 'check_value' : 'NULL'
  return `id, name, wrapped_by AS wrappedBy, wrapped, ${checkValue} AS checkValue`
}

/** Whether a log has data keys: from then on its contents are encrypted. */
export function hasDataKeys(database: Database): boolean {
  if (!hasSchema(database, 'content_keys')) return false
  return prepared(database, 'SELECT 1 FROM content_keys LIMIT 1').get() !== undefined
}

/** A data key; `undefined` where there is none of the number. */
export function keyAt(database: Database, id: number): StoredKey | undefined {
  const sql = `SELECT ${columnsOf(database)} FROM content_keys WHERE id = ?`
  return prepared(database, sql).get(id) as StoredKey | undefined
}

/** Data keys behind one, some at a time, in order. */
export function keysBehind(database: Database, id: number, count = 256): StoredKey[] {
  if (!hasSchema(database, 'content_keys')) return []
  const sql = `SELECT ${columnsOf(database)} FROM content_keys WHERE id > ? ORDER BY id LIMIT ? + 0`
  return prepared(database, sql).all(id, count) as StoredKey[]
}

/** The newest key of a subject and period. */
export function keyOfSubject(
  database: Database,
  subject: Uint8Array,
  period: string
): StoredKey | undefined {
  const sql = `SELECT ${columnsOf(database)} FROM content_keys
    WHERE subject = ? AND period = ? AND wrapped IS NOT NULL ORDER BY id DESC LIMIT 1`
  return prepared(database, sql).get(subject, period) as StoredKey | undefined
}

/** Whether new contents may be encrypted with a key: it is stored, and its subject was not erased. */
export function isKeyInUse(database: Database, id: number): boolean {
  const sql =
    'SELECT 1 FROM content_keys WHERE id = ? AND subject IS NOT NULL AND wrapped IS NOT NULL'
  return prepared(database, sql).get(id) !== undefined
}

/** Stores a new key; its number. */
export function addKey(database: Database, key: NewKey): number {
  const sql = `INSERT INTO content_keys (name, subject, period, wrapped_by, wrapped, check_value)
    VALUES (?, ?, ?, ?, ?, ?) RETURNING id`
  const { subject, period } = key.of
  const values = [key.name, subject, period, key.wrappedBy, key.wrapped, key.checkValue]
  return Number(
    prepared(database, sql)
      .pluck()
      .get(...values)
  )
}

/** Puts another wrapped form in the place of the one that each key has, one by one; those are left that have another by now. */
export function replaceWrapped(database: Database, keys: readonly RewrappedKey[]): number {
  const sql = 'UPDATE content_keys SET wrapped = ?, wrapped_by = ? WHERE id = ? AND wrapped = ?'
  return keys.reduce(
    (sum, { key, wrapped, wrappedBy }) =>
      sum + database.prepare(sql).run(wrapped, wrappedBy, key.id, key.wrapped).changes,
    0
  )
}

/** Keys that were destroyed, and that no provider was told of. */
export function untoldKeys(database: Database): UntoldKey[] {
  const sql = "SELECT id, name FROM content_keys WHERE wrapped IS NULL AND wrapped_by <> ''"
  return database.prepare(sql).all() as UntoldKey[]
}

/** Notes that the provider was told of a destroyed key. */
export function noteTold(database: Database, id: number): void {
  database.prepare("UPDATE content_keys SET wrapped_by = '' WHERE id = ?").run(id)
}
