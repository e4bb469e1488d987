import { existsSync, rmSync } from 'node:fs'
import { realFile } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { OWN_COLUMNS, TRAITS_SCHEMA } from './traits.ts'

/** Marks a SQLite file as the index of an audit log: "slmi" in ASCII. */
const APPLICATION_ID = 0x736c6d69
/** Raised with each change of what is indexed or how; an index of another version is made anew. */
const VERSION = 9
/** Page size of an index in bytes: pages that one commit changes are many, and little of each. */
export const PAGE_SIZE = 4096
/** How many records have their times kept together, as powers of 2, at each level: those of a few, of many of these, and so on. */
export const SPAN_BITS = [6, 12, 18] as const

const SCHEMA = `
  CREATE TABLE meta (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
  CREATE TABLE calls (
    id INTEGER PRIMARY KEY, last_idx INTEGER NOT NULL, audit_id TEXT NOT NULL, received_at INTEGER NOT NULL, trait INTEGER NOT NULL,
    ${OWN_COLUMNS.map(([name, { type }]) => `${name} ${type}`)},
    tokens INTEGER, confidence REAL, question TEXT, answer TEXT, tool TEXT, scores TEXT, parts_before INTEGER NOT NULL, lead INTEGER
  );
  ${TRAITS_SCHEMA}
  CREATE TABLE facets (name TEXT, value TEXT, calls INTEGER NOT NULL, PRIMARY KEY (name, value)) WITHOUT ROWID;
  CREATE TABLE rollups (of TEXT, value TEXT, hour INTEGER, data TEXT NOT NULL, PRIMARY KEY (of, value, hour)) WITHOUT ROWID;
  CREATE TABLE spans (bits INTEGER, block INTEGER, first_at INTEGER NOT NULL, last_at INTEGER NOT NULL, PRIMARY KEY (bits, block)) WITHOUT ROWID;
  CREATE TABLE leads (id INTEGER PRIMARY KEY, text TEXT NOT NULL);
  CREATE TABLE skipped (idx INTEGER NOT NULL, reason TEXT NOT NULL, PRIMARY KEY (idx, reason)) WITHOUT ROWID;
  CREATE VIRTUAL TABLE texts USING fts5 (
    body, content = '', contentless_delete = 1, tokenize = 'ascii'
  );
`

/** The name of a log, what names one of its records: what an index must know as they are; and the log's size. */
const STATE = `SELECT (SELECT value FROM meta WHERE name = 'origin') AS origin,
  (SELECT audit_id || ' ' || stage FROM records WHERE idx = ?) AS last,
  (SELECT coalesce(max(idx) + 1, 0) FROM records) AS size`

interface State {
  readonly origin: string | null
  readonly last: string | null
  readonly size: number
}

/** A row of `meta`. */
interface Fact {
  readonly name: string
  readonly value: unknown
}

/** How far an index has come: it holds the records before `reached`, the last of which is named. */
export interface IndexPlace {
  readonly origin: string
  readonly reached: number
  /** auditId and stage of the last record that was indexed; empty for none. */
  readonly last: string
  /** The newest part that these records have, as its row of the evidence's `parts`; 0 for none. */
  readonly parts: number
}

/** The index of a log, beside its database. */
export function indexPath(file: string): string {
  return `${realFile(file)}-index`
}

/** Makes the tables of an index in an empty database; best in a transaction. */
export function createIndex(database: Database, origin: string): void {
  database.exec(SCHEMA)
  database.pragma(`application_id = ${APPLICATION_ID}`)
  database.pragma(`user_version = ${VERSION}`)
  savePlace(database, { origin, reached: 0, last: '', parts: 0 })
}

/** Whether a database is an index that this package can read. Throws SQLite's error for what is not a database. */
export function isIndex(database: Database): boolean {
  return (
    Number(database.pragma('application_id', { simple: true })) === APPLICATION_ID &&
    Number(database.pragma('user_version', { simple: true })) === VERSION
  )
}

/** How far an index has come. */
export function placeOf(database: Database): IndexPlace {
  const place = { origin: '', reached: 0, last: '', parts: 0 }
  const rows = prepared(database, 'SELECT name, value FROM meta').raw().all() as [string, unknown][]
  for (const [name, value] of rows) {
    if (name === 'origin' || name === 'last') place[name] = String(value)
    else if (name === 'reached' || name === 'parts') place[name] = Number(value)
  }
  return place
}

/** Keeps how far an index has come; in the transaction that brought it there. */
export function savePlace(database: Database, place: IndexPlace): void {
  const insert = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  for (const [name, value] of Object.entries(place)) insert.run(name, value)
}

/** Of how many records an index was when what searches look into was merged last; 0 where it never was. */
export function mergedAt(database: Database): number {
  const select = prepared(database, "SELECT value FROM meta WHERE name = 'merged'")
  return Number((select.get() as Pick<Fact, 'value'> | undefined)?.value ?? 0)
}

/** Keeps that what searches look into was merged. */
export function saveMerged(database: Database, reached: number): void {
  prepared(database, "INSERT OR REPLACE INTO meta VALUES ('merged', ?)").run(reached)
}

/**
 * Whether an index is of this state of the evidence or an earlier one. It is not where the evidence
 * was put back to an older copy, or replaced by another log.
 */
export function isIndexOf(evidence: Database, place: Omit<IndexPlace, 'parts'>): boolean {
  return sizeIfIndexed(evidence, place) !== undefined
}

/** The size of the log, in the state that an index is of as `isIndexOf` says; `undefined` where it is of no state of it. */
export function sizeIfIndexed(
  evidence: Database,
  { origin, reached, last }: Omit<IndexPlace, 'parts'>
): number | undefined {
  const state = prepared(evidence, STATE).get(reached - 1) as State
  const isOf = state.origin === origin && (reached === 0 || (state.last ?? '') === last)
  return isOf ? Number(state.size) : undefined
}

/** What names the record before `size`; empty where it is missing. */
export function lastOf(evidence: Database, size: number): string {
  const row = prepared(evidence, 'SELECT audit_id, stage FROM records WHERE idx = ?').get(size - 1)
  return row === undefined ? '' : Object.values(row as object).join(' ')
}

/** Removes an index with what SQLite keeps beside it; harmless, as it can be made again. */
export function removeIndex(file: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) {
    const path = indexPath(file) + suffix
    if (existsSync(path)) rmSync(path)
  }
}
