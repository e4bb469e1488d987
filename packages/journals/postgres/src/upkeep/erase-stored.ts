import {
  type Erased,
  type EraseOptions,
  type ErasureNote,
  nameOfScope,
  pendingErasure,
  type RecordScope
} from '@slm-audit/core/journal'
import { userName } from '@slm-audit/core/node'
import type { Connection } from '../connection/connection.ts'
import { lockIndex, reindexRecords } from '../index/indexer.ts'
import { storedScopes } from '../store/contents/stored-users.ts'
import { sizeOf } from '../store/sealed-rows.ts'
import type { AdministeredLog } from './administer.ts'
import { countUnused, destroyUnused, forgetNames, keysOf } from './destroy-keys.ts'
import { type ErasurePlan, type LostPiece, planErasure, recordsSharing } from './plan-erasure.ts'

/** Commitments that one record names. */
const MOST_NAMED = 10_000

/** Erases what is stored, in the transaction of its caller: all of it, or nothing. */
export async function eraseStored(
  log: AdministeredLog,
  { scope, reason, by = userName(), scopeName = nameOfScope(scope), onProgress }: EraseOptions
): Promise<Erased> {
  const { connection, size } = log
  // First, so that no step under way brings back what goes.
  await lockIndex(connection)
  const scopes = await storedScopes(connection, scope)
  const plan = await planErasure(connection, scopes, size)
  const note = { scope: scopeName, by, reason }
  const { records } = await erasePieces(log, plan.pieces, note, onProgress)
  const keys = await destroyUnused(connection, keysOf(plan.pieces))
  // While a hold keeps some of them the user goes by the same name.
  if (plan.held === 0) await forgetNames(connection, namesIn(scopes))
  const report = { ...(await reportOf(connection, plan, records)), keys }
  if (plan.pieces.length === 0) return report
  return { ...report, leftToDo: await leftToDo(connection, records) }
}

/**
 * Takes pieces out, from the index as well, which its caller has locked, and says so in the log. Resolves to the records that lost
 * something, and to the size of the log.
 */
export async function erasePieces(
  log: AdministeredLog,
  pieces: readonly LostPiece[],
  note: ErasureNote,
  onProgress?: EraseOptions['onProgress']
): Promise<{ readonly records: readonly number[]; readonly size: number }> {
  const { connection } = log
  const losing = new Set<number>()
  let { size } = log
  for (let at = 0; at < pieces.length; at += MOST_NAMED) {
    const some = pieces.slice(at, at + MOST_NAMED)
    const records = await takeOut(connection, some)
    size = await record({ ...log, size }, note, some, records)
    for (const index of records) losing.add(index)
    await reindexRecords(connection, records)
    onProgress?.(Math.min(at + MOST_NAMED, pieces.length), pieces.length)
  }
  if (pieces.length > 0) await forgetParts(connection)
  return { records: [...losing], size }
}

/** What an erasure would take out of a log. */
export async function rehearseErasure(
  connection: Connection,
  { scope }: Pick<EraseOptions, 'scope'>
): Promise<Erased> {
  const scopes = await storedScopes(connection, scope)
  const plan = await planErasure(connection, scopes, await sizeOf(connection))
  const sharing = await recordsSharing(connection, partsAmong(plan.pieces))
  const report = await reportOf(connection, plan, sharing)
  return { ...report, keys: await countUnused(connection, plan.pieces) }
}

/** Takes pieces out, with their salts; commitments stay. Resolves to the records that lost something, ascending. */
export async function takeOut(
  connection: Connection,
  pieces: readonly LostPiece[]
): Promise<number[]> {
  const s = connection.schema
  const whole = pieces.filter(({ part }) => part === undefined).map(({ index }) => index)
  await connection.run(
    `UPDATE ${s}.contents SET body = NULL, salt = '', key = NULL WHERE idx = ANY($1) AND body IS NOT NULL`,
    [[...new Set(whole)]]
  )
  const parts = pieces.filter(({ part }) => part !== undefined)
  // Of an erased part the salt is the commitment, by which the head of its content is still made.
  await connection.run(
    `UPDATE ${s}.parts SET body = NULL, salt = decode(lost.commitment, 'hex'), key = NULL
      FROM unnest($1::bigint[], $2::text[]) AS lost (id, commitment)
      WHERE parts.id = lost.id AND parts.body IS NOT NULL`,
    [partsAmong(parts), parts.map(({ commitment }) => commitment)]
  )
  const sharing = await recordsSharing(connection, partsAmong(parts))
  return [...new Set([...pieces.map(({ index }) => index), ...sharing])].sort((a, b) => a - b)
}

async function record(
  { connection, writer, size }: AdministeredLog,
  note: ErasureNote,
  pieces: readonly LostPiece[],
  records: readonly number[]
): Promise<number> {
  const commitments = [...new Set(pieces.map(({ commitment }) => commitment))]
  const pending = [pendingErasure(note, { records, commitments })]
  return await writer.appendNow(connection, size, [{ pending }])
}

/** Writers that remember parts must not refer to what is gone. */
export async function forgetParts(connection: Connection): Promise<void> {
  const sql = `UPDATE ${connection.schema}.meta SET value = (value::bigint + 1)::text WHERE name = 'erasures'`
  await connection.run(sql)
}

/** A server keeps the bytes of rows that were changed until it writes their tables anew, and what it wrote to its log for longer. */
export async function leftToDo(
  connection: Connection,
  records: readonly number[]
): Promise<string[]> {
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT DISTINCT to_char(month, 'YYYY_MM') AS suffix FROM ${s}.records WHERE idx = ANY($1) ORDER BY suffix`,
    [records]
  )
  const tables = rows.flatMap(({ suffix }) =>
    ['contents', 'parts', 'texts'].map((table) => `${s}.${table}_${suffix}`)
  )
  return [
    `the files of these tables hold the bytes until their owner writes them anew; writers wait in their spools meanwhile: VACUUM FULL ${[...tables, `${s}.calls`].join(', ')}`,
    'the write-ahead log of the server, its standbys, archives and backups hold them until they are recycled or expire',
    'calls that wait in a spool on another machine come later: erase again then'
  ]
}

async function reportOf(
  connection: Connection,
  { records, calls, pieces, held, incidents }: ErasurePlan,
  losing: readonly number[]
): Promise<Erased> {
  const meant = new Set(records)
  const sql = `SELECT name FROM ${connection.schema}.exporters WHERE state IS NOT NULL ORDER BY name`
  const exporters = await connection.rows(sql)
  return {
    calls,
    records: records.length,
    contents: pieces.length,
    bytes: pieces.reduce((sum, { bytes }) => sum + bytes, 0),
    keys: 0,
    sharing: losing.filter((index) => !meant.has(index)).length,
    held,
    incidents,
    exporters: exporters.map(({ name }) => String(name)),
    isLogEmpty: pieces.length === 0
  }
}

/** What a user is called who is erased; nobody where a part of the user's calls is. */
function namesIn(scopes: readonly RecordScope[]): string[] {
  return scopes.flatMap(({ user, ...more }) =>
    user === undefined || nameOfScope(more) !== '' ? [] : user
  )
}

function partsAmong(pieces: readonly LostPiece[]): number[] {
  return pieces.flatMap(({ part }) => part ?? [])
}
