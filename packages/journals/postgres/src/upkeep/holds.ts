import {
  checkHold,
  checkRelease,
  foldHold,
  type Hold,
  type HoldOptions,
  pendingHold,
  pendingRelease,
  type RecordScope,
  type ReleaseOptions
} from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import { checkedProvider, Pseudonyms } from '@slm-audit/core/subjects'
import type { Connection } from '../connection/connection.ts'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { providerOf } from '../store/contents/content-keys.ts'
import { secretToWriteWith } from '../store/contents/log-secrets.ts'
import { hasPseudonyms, namesAmong } from '../store/contents/pseudonym-rows.ts'
import { storedScopes } from '../store/contents/stored-users.ts'
import { subjectRows } from '../store/contents/subject-rows.ts'
import { sealedAt } from '../store/sealed-rows.ts'
import { administer, administerSteps, type Transact } from './administer.ts'
import { secretLogOf } from './protection-of.ts'

/** Records about holds, by what their headers have; what says so in another place is told apart by parsing it. */
const OF_HOLDS = `stage = 'event' AND strpos(header, '"kind":"hold.') > 0`

/** The holds of a log that are in force, oldest first, read from its records. Rejects with AuditError. */
export async function activeHolds(connection: Connection): Promise<readonly Hold[]> {
  const sql = `SELECT idx FROM ${connection.schema}.records WHERE ${OF_HOLDS} ORDER BY idx`
  const rows = await connection.rows(sql)
  const indices = rows.map(({ idx }) => Number(idx))
  return (await sealedAt(connection, indices)).reduce<readonly Hold[]>(foldHold, [])
}

/** Keeps records from retention and erasure: `LogAdmin.hold`. */
export async function addHold(place: PlaceOptions, options: HoldOptions): Promise<void> {
  checkHold(options)
  const { incident, scope, scopeName, reason, by = userName() } = options
  const said = { incident, reason, by, ...(scopeName !== undefined && { scopeName }) }
  await administerSteps(place, options, async (connection, transact) => {
    const scopes = await heldScopes(connection, transact, scope)
    const pending = scopes.map((each) => pendingHold({ ...said, scope: each }))
    await transact(({ writer, size }) => writer.appendNow(connection, size, [{ pending }]))
  })
}

/**
 * The scopes as headers have them, also those of calls that are still to come: a user who has no pseudonym yet gets one. By the name
 * itself only where a header has it, from before there were pseudonyms. Rejects with AuditError.
 */
async function heldScopes(
  connection: Connection,
  transact: Transact,
  scope: RecordScope
): Promise<readonly RecordScope[]> {
  const scopes = await storedScopes(connection, scope)
  const { user } = scope
  if (user === undefined) return scopes
  if (!(await hasPseudonyms(connection))) {
    if (!providerOf(connection)) return scopes
    // Until the log has named somebody nobody can tell whether it names users so.
    return [scope, { ...scope, user: await newPseudonym(connection, transact, user) }]
  }
  if ((await namesAmong(connection, [user])).has(user)) return scopes
  const named = scopes.filter((each) => each.user !== user)
  if (named.length === 0) {
    named.push({ ...scope, user: await newPseudonym(connection, transact, user) })
  }
  const sql = `SELECT EXISTS (SELECT 1 FROM ${connection.schema}.records
    WHERE strpos(header, $1) > 0) AS is_named`
  const [row] = await connection.rows(sql, [`"user":${JSON.stringify(user)}`])
  return row?.is_named === true ? [scope, ...named] : named
}

/** The pseudonym that a user's next call will have. */
async function newPseudonym(
  connection: Connection,
  transact: Transact,
  user: string
): Promise<string> {
  const used = providerOf(connection)
  if (!used) return user
  const { settings } = used
  const provider = checkedProvider(used.provider, settings.deadlineMs)
  const log = await secretLogOf(connection, transact)
  const secret = await secretToWriteWith(log, provider)
  const store = subjectRows(log.origin, log.use)
  return await new Pseudonyms(store, secret).of(user)
}

/** Ends the holds of an incident: `LogAdmin.release`. */
export async function releaseHold(place: PlaceOptions, options: ReleaseOptions): Promise<number> {
  checkRelease(options)
  const { incident, reason, by = userName() } = options
  return await administer(place, options, async ({ connection, writer, size }) => {
    const holds = await activeHolds(connection)
    const held = holds.filter((hold) => hold.incident === incident).length
    const pending = [pendingRelease({ incident, reason, by })]
    if (held > 0) await writer.appendNow(connection, size, [{ pending }])
    return held
  })
}
