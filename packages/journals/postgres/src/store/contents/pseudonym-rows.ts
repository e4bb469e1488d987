import type { NamedUser } from '@slm-audit/core/subjects'
import type { Connection } from '../../connection/connection.ts'
import { hasKeyTables } from '../schema.ts'

/** Whether a log gives its users pseudonyms. Rejects with AuditError. */
export async function hasPseudonyms(connection: Connection): Promise<boolean> {
  if (!(await hasKeyTables(connection))) return false
  const sql = `SELECT EXISTS (SELECT 1 FROM ${connection.schema}.pseudonyms) AS has_names`
  const [row] = await connection.rows(sql)
  return row?.has_names === true
}

/** Those of some names that are pseudonyms. Rejects with AuditError. */
export async function namesAmong(
  connection: Connection,
  names: readonly string[]
): Promise<ReadonlySet<string>> {
  const sql = `SELECT name FROM ${connection.schema}.pseudonyms WHERE name = ANY($1)`
  return new Set((await connection.rows(sql, [names])).map(({ name }) => String(name)))
}

/** The pseudonyms that stand with some digests. Rejects with AuditError. */
export async function namesWith(
  connection: Connection,
  digests: readonly Uint8Array[]
): Promise<string[]> {
  const sql = `SELECT name FROM ${connection.schema}.pseudonyms WHERE digest = ANY($1::bytea[])`
  const rows = await connection.rows(sql, [digests.map((each) => Buffer.from(each))])
  return rows.map(({ name }) => String(name))
}

/** The pseudonyms of users, in order, of which new ones are stored; one who is a pseudonym already is left as that. Rejects with AuditError. */
export async function pseudonymsOf(
  connection: Connection,
  users: readonly NamedUser[]
): Promise<readonly string[]> {
  const names = await namesAmong(
    connection,
    users.map(({ user }) => user)
  )
  const others = users.filter(({ user }) => !names.has(user))
  if (others.length === 0) return users.map(({ user }) => user)
  const digests = others.map(({ digest }) => Buffer.from(digest))
  await connection.run(
    `INSERT INTO ${connection.schema}.pseudonyms SELECT * FROM unnest($1::bytea[], $2::text[])
      ON CONFLICT (digest) DO NOTHING`,
    [digests, others.map(({ fresh }) => fresh)]
  )
  const rows = await connection.rows(
    `SELECT digest, name FROM ${connection.schema}.pseudonyms WHERE digest = ANY($1::bytea[])`,
    [digests]
  )
  const known = new Map(rows.map(({ digest, name }) => [hexOf(digest as Buffer), String(name)]))
  return users.map(({ user, digest }) =>
    names.has(user) ? user : (known.get(hexOf(digest)) ?? user)
  )
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex')
}
