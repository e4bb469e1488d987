import {
  AuditError,
  type AuditRecord,
  CONTENTS_ERASED,
  parseRecord,
  readErasure
} from '@slm-audit/core/journal'
import { callDocument, HourTallies, type IndexedRecord, isListed } from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { insertRows } from '../store/insert-rows.ts'
import { PARTS_PER_RECORD } from '../store/part-ids.ts'
import { type RecordWithIds, sealedOfCalls, sealedPage } from '../store/sealed-rows.ts'
import { type IndexedCall, rowsOf } from './call-rows.ts'

/** Orders those who index: one at a time does. */
const lockOf = (s: string) => `hashtextextended('slm-audit index ${s}', 1)`

/** What one step did. */
export interface IndexStep {
  /** Records that are indexed now. */
  readonly reached: number
  /** Whether that is all of the log. */
  readonly isAtEnd: boolean
  /** Whether somebody else was indexing, so that nothing was done. */
  readonly isBusy: boolean
}

/** Derives the next part of the index from the evidence, in one transaction. Rejects with AuditError. */
export function indexStep(connection: Connection): Promise<IndexStep> {
  const s = connection.schema
  const begin = `BEGIN; SELECT pg_try_advisory_xact_lock(${lockOf(s)}) AS mine`
  return connection.transaction(async ([lock]) => {
    const [state] = await connection.rows(`SELECT reached FROM ${s}.index_state`)
    const from = Number(state?.reached)
    if (lock?.mine !== true) return { reached: from, isAtEnd: false, isBusy: true }
    const page = await sealedPage(connection, from)
    const last = page.at(-1)
    if (!last) return { reached: from, isAtEnd: true, isBusy: false }
    await addPage(connection, page)
    const reached = last.index + 1
    await connection.run(`UPDATE ${s}.index_state SET reached = $1`, [reached])
    return { reached, isAtEnd: false, isBusy: false }
  }, begin)
}

/** Drops what is derived, so that it is made again from the beginning. */
export async function emptyIndex(connection: Connection): Promise<void> {
  const s = connection.schema
  await connection.transaction(
    () =>
      connection.script(`TRUNCATE ${s}.calls, ${s}.texts, ${s}.rollups, ${s}.facets;
        UPDATE ${s}.index_state SET reached = 0`),
    `BEGIN; SELECT pg_advisory_xact_lock(${lockOf(s)})`
  )
}

/** The documents of all calls that have a record in a page, made of all their records up to its end. */
export async function callsOfPage(
  connection: Connection,
  page: readonly RecordWithIds[]
): Promise<readonly (IndexedCall & { readonly records: readonly IndexedRecord[] })[]> {
  const headers = page.map((record) => ({ record, header: parsed(record.header) }))
  const ids = [...new Set(headers.flatMap(({ header }) => header?.auditId ?? []))]
  const end = (page.at(-1)?.index ?? 0) + 1
  const inPage = new Set(page.map(({ index }) => index))
  const earlier = await sealedOfCalls(connection, await begunBefore(connection, ids, page))
  const all = [...earlier.filter(({ index }) => index < end && !inPage.has(index)), ...page]
  const calls = new Map<string, { records: IndexedRecord[]; month: string }>()
  for (const { index, header, contents, month } of all) {
    const own = parsed(header)
    if (!own) continue
    const call = calls.get(own.auditId) ?? { records: [], month }
    call.records.push({ index, header: own, contents })
    calls.set(own.auditId, call)
  }
  return [...calls.values()].flatMap(({ records, month }) => {
    const [first, ...rest] = records
    if (!first) return []
    // Earlier calls are found by the parts that were stored before this one.
    const partsBefore = first.index * PARTS_PER_RECORD - 1
    return [{ document: callDocument([first, ...rest], partsBefore), month, records }]
  })
}

async function begunBefore(
  connection: Connection,
  auditIds: readonly string[],
  page: readonly RecordWithIds[]
): Promise<string[]> {
  const sql = `SELECT DISTINCT audit_id FROM ${connection.schema}.records
    WHERE audit_id = ANY($1) AND idx < $2`
  const rows = await connection.rows(sql, [auditIds, page[0]?.index ?? 0])
  return rows.map(({ audit_id: auditId }) => String(auditId))
}

async function addPage(connection: Connection, page: readonly RecordWithIds[]): Promise<void> {
  const s = connection.schema
  const calls = await callsOfPage(connection, page)
  const ids = calls.map(({ document }) => document.id)
  const known = await connection.rows(`SELECT id, stage FROM ${s}.calls WHERE id = ANY($1)`, [ids])
  const ended = new Set(known.filter(({ stage }) => stage !== 'received').map(({ id }) => id))
  const months = [...new Set(calls.map(({ month }) => month))]
  for (const month of months) await connection.run(`SELECT ${s}.make_partitions($1::date)`, [month])
  await insertRows(connection, rowsOf(calls))
  const fresh = calls.filter(({ document: { id, columns } }) => {
    return columns.stage !== 'received' && !ended.has(id)
  })
  await addTallies(connection, fresh)
  await addFacets(connection, calls, new Set(fresh))
  await followErasures(connection, page)
}

async function addTallies(connection: Connection, calls: readonly IndexedCall[]): Promise<void> {
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
  const onConflict = 'ON CONFLICT (dimension, value, hour) DO UPDATE SET data = excluded.data'
  const columns = ['dimension', 'value', 'hour', 'data']
  await insertRows(connection, [{ table: 'rollups', columns, rows, onConflict }])
}

/** Counts the values of calls that have ended now; those of others are listed as well, for patterns. */
async function addFacets(
  connection: Connection,
  calls: readonly IndexedCall[],
  fresh: ReadonlySet<IndexedCall>
): Promise<void> {
  const counts = new Map<string, { facet: string; value: string; calls: number }>()
  for (const call of calls) {
    for (const [facet, value] of call.document.facets) {
      if (!isListed(facet)) continue
      const key = `${facet}=${value}`
      const count = counts.get(key) ?? {
        facet,
        value: value.replaceAll('\u0000', '\ufffd'),
        calls: 0
      }
      if (fresh.has(call)) count.calls++
      counts.set(key, count)
    }
  }
  const rows = [...counts.values()].map(({ facet, value, calls: count }) => [facet, value, count])
  const onConflict = `ON CONFLICT (facet, value) DO UPDATE SET calls = facets.calls + excluded.calls`
  await insertRows(connection, [
    { table: 'facets', columns: ['facet', 'value', 'calls'], rows, onConflict }
  ])
}

/** What was erased must not be found by its words any more: the calls are indexed again, as they are now. */
async function followErasures(
  connection: Connection,
  page: readonly RecordWithIds[]
): Promise<void> {
  const indices = page.flatMap((sealed) => {
    const header = parsed(sealed.header)
    return header?.kind === CONTENTS_ERASED ? readErasure(sealed).records : []
  })
  for (const index of indices) {
    const [sealed] = await sealedPage(connection, index, index + 1)
    if (!sealed) continue
    const [call] = await callsOfPage(connection, await sealedOfCalls(connection, [filed(sealed)]))
    if (!call) continue
    await insertRows(connection, rowsOf([call]))
  }
}

function filed({ filedAs }: RecordWithIds): string {
  return filedAs?.auditId ?? ''
}

/** The header of a record; `undefined` for one that is damaged, which is no call and is found by nothing. */
function parsed(header: string): AuditRecord | undefined {
  try {
    return parseRecord({ header })
  } catch (error) {
    if (AuditError.is(error)) return undefined
    throw error
  }
}
