import { CONTENTS_ERASED, readErasure } from '@slm-audit/core/journal'
import {
  annotationFacets,
  callDocument,
  type FacetValue,
  type IndexedRecord,
  isListed
} from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { allStorable } from '../connection/storable.ts'
import { insertRows, type TableRows } from '../store/insert-rows.ts'
import { PARTS_PER_RECORD } from '../store/part-ids.ts'
import { type RecordWithIds, sealedAt, sealedOfCalls, sealedPage } from '../store/sealed-rows.ts'
import { addTallies } from './add-tallies.ts'
import { annotationsOf } from './annotations.ts'
import { type IndexedCall, rowsOf } from './call-rows.ts'
import { aboutOf, headerOf } from './events-about.ts'
import { facetText } from './facet-keys.ts'
import { redactedRecords } from './redactions.ts'

/** Orders those who index: one at a time does. */
const lockOf = (s: string) => `hashtextextended('slm-audit index ${s}', 1)`

/** Records whose calls are indexed again at a time: their contents are in memory meanwhile. */
const INDEXED_AGAIN = 100

/** What one step did. */
export interface IndexStep {
  /** Records that are indexed now. */
  readonly reached: number
  /** Whether that is all of the log. */
  readonly isAtEnd: boolean
  /** Whether somebody else was indexing, so that nothing was done. */
  readonly isBusy: boolean
}

/**
 * Derives the next part of the index from the evidence, in one transaction. `free` is waited for before the thread is kept busy:
 * whoever appends on it holds the lock of the log as long as it takes. Rejects with AuditError.
 */
export function indexStep(
  connection: Connection,
  free: () => Promise<void> = async () => undefined
): Promise<IndexStep> {
  const s = connection.schema
  const begin = `BEGIN; SELECT pg_try_advisory_xact_lock(${lockOf(s)}) AS mine`
  return connection.transaction(async ([lock]) => {
    const [state] = await connection.rows(`SELECT reached FROM ${s}.index_state`)
    const from = Number(state?.reached)
    if (lock?.mine !== true) return { reached: from, isAtEnd: false, isBusy: true }
    const page = await sealedPage(connection, from)
    const last = page.at(-1)
    if (!last) return { reached: from, isAtEnd: true, isBusy: false }
    await free()
    await addPage(connection, page, free)
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
      connection.script(`TRUNCATE ${s}.calls, ${s}.texts, ${s}.rollups, ${s}.facets, ${s}.annotations;
        UPDATE ${s}.index_state SET reached = 0`),
    `BEGIN; SELECT pg_advisory_xact_lock(${lockOf(s)})`
  )
}

/** A call with what its document was made of. */
export interface MadeCall extends IndexedCall {
  readonly records: readonly IndexedRecord[]
  readonly annotations: readonly IndexedRecord[]
}

/**
 * The documents of all calls that have a record in a page, or an annotation about them, made of all that there is up to
 * the page's end.
 */
export async function callsOfPage(
  connection: Connection,
  page: readonly RecordWithIds[],
  end = (page.at(-1)?.index ?? 0) + 1
): Promise<readonly MadeCall[]> {
  const own = page.flatMap((sealed) => headerOf(sealed.header)?.auditId ?? [])
  const auditIds = [...new Set([...own, ...page.flatMap((sealed) => aboutOf(sealed) ?? [])])]
  const inPage = new Set(page.map(({ index }) => index))
  const earlier = await sealedOfCalls(connection, await begunBefore(connection, auditIds, page))
  const annotations = await annotationsOf(connection, auditIds, end)
  const stored = [...earlier.filter(({ index }) => index < end && !inPage.has(index)), ...page]
  const all = await redactedRecords(connection, stored)
  const calls = Map.groupBy(
    all.flatMap((sealed) => indexed(sealed) ?? []),
    ({ header }) => header.auditId
  )
  const ids = await idsInIndex(connection, calls)
  return [...calls].flatMap(([auditId, records]) => {
    const [first, ...rest] = records
    if (!first) return []
    const said = (annotations.get(auditId) ?? []).flatMap((sealed) => indexed(sealed) ?? [])
    // Earlier calls are found by the parts that were stored before this one.
    const partsBefore = first.index * PARTS_PER_RECORD - 1
    const made = callDocument([first, ...rest], partsBefore, said)
    // Values that differ only in what is not stored are one.
    const columns = allStorable(made.columns)
    const facets = [
      ...new Map(allStorable(made.facets).map((each) => [facetText(each), each])).values()
    ]
    const document = { ...made, id: ids.get(auditId) ?? made.id, columns, facets }
    return [{ document, month: first.month, records, annotations: said }]
  })
}

/** The ids that the index has calls by of which the beginning is not there: retention may have taken it since. */
async function idsInIndex(
  connection: Connection,
  calls: ReadonlyMap<string, readonly IndexedRecord[]>
): Promise<ReadonlyMap<string, number>> {
  const headless = [...calls].filter(([, [first]]) => first?.header.stage !== 'received')
  const sql = `SELECT audit_id, id FROM ${connection.schema}.calls WHERE audit_id = ANY($1)`
  const rows = await connection.rows(sql, [headless.map(([auditId]) => auditId)])
  return new Map(rows.map(({ audit_id: auditId, id }) => [String(auditId), Number(id)]))
}

type StoredRecord = IndexedRecord & { readonly month: string }

function indexed({ index, header, contents, month }: RecordWithIds): StoredRecord | undefined {
  const own = headerOf(header)
  return own && { index, header: own, contents, month }
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

/** The rows of calls; of those whose month has expired without texts, which have no place any more. */
async function callTables(
  connection: Connection,
  calls: readonly IndexedCall[]
): Promise<TableRows[]> {
  const months = [...new Set(calls.map(({ month }) => month))]
  const sql = `SELECT month FROM unnest($1::date[]) AS month
    WHERE to_regclass('${connection.schema}.texts_' || to_char(month, 'YYYY_MM')) IS NOT NULL`
  const kept = await connection.rows(sql, [months])
  return rowsOf(calls, new Set(kept.map(({ month }) => String(month))))
}

async function addPage(
  connection: Connection,
  page: readonly RecordWithIds[],
  free: () => Promise<void>
): Promise<void> {
  const s = connection.schema
  const calls = await callsOfPage(connection, page)
  await free()
  const ids = calls.map(({ document }) => document.id)
  const known = await connection.rows(`SELECT id, stage FROM ${s}.calls WHERE id = ANY($1)`, [ids])
  const ended = new Set(known.filter(({ stage }) => stage !== 'received').map(({ id }) => id))
  const about = page.flatMap((sealed) => {
    const call = aboutOf(sealed)
    return call === undefined ? [] : [[sealed.index, call]]
  })
  const annotations = { table: 'annotations', columns: ['idx', 'about'], rows: about }
  await insertRows(connection, [...(await callTables(connection, calls)), annotations])
  const fresh = calls.filter(({ document: { id, columns } }) => {
    return columns.stage !== 'received' && !ended.has(id)
  })
  await addTallies(connection, fresh)
  const begin = page[0]?.index ?? 0
  await addFacets(
    connection,
    calls.flatMap((call) => newFacets(call, fresh.includes(call), begin))
  )
  await followErasures(connection, page)
}

/** A value of a facet that is listed, and whether one more call has it. */
type CountedFacet = readonly [value: FacetValue, count: 0 | 1]

/**
 * What a call adds to the counts of its values: with its end, that it has them; what is said of it is counted once it is
 * said, from an index on.
 */
export function newFacets(
  { document, annotations }: Pick<MadeCall, 'document' | 'annotations'>,
  endsNow: boolean,
  from: number
): CountedFacet[] {
  const headers = (of: readonly IndexedRecord[]) => of.map(({ header }) => header)
  const before = annotationFacets(headers(annotations.filter(({ index }) => index < from)))
  const counted = new Set(before.map(String))
  const isEvent = document.columns.stage === 'event'
  return document.facets.map((value) => {
    const isSaid = value[0].startsWith('annotation')
    // What an annotation says is counted with its call.
    const isNew = isSaid ? !isEvent && !counted.has(String(value)) : endsNow
    return [value, isNew ? 1 : 0]
  })
}

/** Counts values; those that no call has yet are listed as well, for patterns. */
async function addFacets(connection: Connection, values: readonly CountedFacet[]): Promise<void> {
  const counts = new Map<string, { facet: string; value: string; calls: number }>()
  for (const [[facet, value], added] of values) {
    if (!isListed(facet)) continue
    const key = `${facet}=${value}`
    const count = counts.get(key) ?? { facet, value, calls: 0 }
    count.calls += added
    counts.set(key, count)
  }
  const rows = [...counts.values()].map(({ facet, value, calls }) => [facet, value, calls])
  const onConflict = `ON CONFLICT (facet, ${connection.schema}.digest_of(value))
    DO UPDATE SET calls = facets.calls + excluded.calls`
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
    const header = headerOf(sealed.header)
    return header?.kind === CONTENTS_ERASED ? readErasure(sealed).records : []
  })
  await indexAgain(connection, indices, (page.at(-1)?.index ?? 0) + 1)
}

/** Has nobody else write the index until the transaction has ended. Rejects with AuditError. */
export async function lockIndex(connection: Connection): Promise<void> {
  await connection.rows(`SELECT pg_advisory_xact_lock(${lockOf(connection.schema)})`)
}

/**
 * Indexes the calls of some records again, as these are now, in a transaction that has locked the index: those that it has.
 * Rejects with AuditError.
 */
export async function reindexRecords(
  connection: Connection,
  indices: readonly number[]
): Promise<void> {
  const [state] = await connection.rows(`SELECT reached FROM ${connection.schema}.index_state`)
  await indexAgain(connection, indices, Number(state?.reached))
}

async function indexAgain(
  connection: Connection,
  indices: readonly number[],
  end: number
): Promise<void> {
  for (let at = 0; at < indices.length; at += INDEXED_AGAIN) {
    await indexSomeAgain(connection, indices.slice(at, at + INDEXED_AGAIN), end)
  }
}

async function indexSomeAgain(
  connection: Connection,
  indices: readonly number[],
  end: number
): Promise<void> {
  const changed = await sealedAt(connection, indices)
  if (changed.length === 0) return
  // What an annotation said is among the words of its call.
  const ids = new Set(changed.flatMap((one) => [one.filedAs?.auditId ?? '', aboutOf(one) ?? '']))
  const concerned = await sealedOfCalls(connection, [...ids])
  // What a redaction is of may be such an annotation.
  const more = concerned.flatMap((one) => aboutOf(one) ?? []).filter((id) => !ids.has(id))
  const records = [...concerned, ...(await sealedOfCalls(connection, more))]
    .filter(({ index }) => index < end)
    .sort((one, other) => one.index - other.index)
  const calls = await callsOfPage(connection, records, end)
  await insertRows(connection, await callTables(connection, calls))
}
