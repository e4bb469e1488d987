import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { AuditError } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { openDatabase } from '../driver/driver.ts'
import { openForReading, openReadOnly } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import {
  createIndex,
  type IndexPlace,
  indexPath,
  isIndex,
  isIndexOf,
  placeOf
} from './index-database.ts'
import { Indexer } from './indexer.ts'

/** How an index compares with the records that it was made of. */
export interface IndexCheck {
  /** Records that it holds, of those in the log. */
  readonly records: number
  /** How many records the log has. */
  readonly size: number
  /** Calls that it has otherwise than the records, or not, by auditId: the first hundred. */
  readonly differing: readonly string[]
  /** Words and facets that it has otherwise, as they stand in the index: the first hundred. */
  readonly words: readonly string[]
}

const STEP_MS = 25
const MOST = 100

const CALLS = 'SELECT * FROM whole_calls WHERE id >= ? ORDER BY id LIMIT 500'
/** The places of a word as two numbers: a word that stands elsewhere has others. */
const TERMS = `SELECT term, count(*), sum((doc % 1000003 + 1) * (offset % 1000003 + 7) % 1000003)
  FROM temp.places GROUP BY term ORDER BY term`

/**
 * Compares the index of a log with one that is made of its records for the purpose, in a temporary
 * database. Rejects with AuditError `not_found` where the log has no index that can be read.
 */
export async function checkIndex(
  file: string,
  onProgress?: (done: number, of: number) => void
): Promise<IndexCheck> {
  const evidence = openForReading(file)
  const fresh = openDatabase('')
  let index: Database | undefined
  try {
    index = openIndex(file)
    index.exec('BEGIN')
    const place = placeIn(evidence, index, file)
    const size = Number(
      evidence.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
    )
    createIndex(fresh, originOf(evidence))
    const indexer = new Indexer(evidence, fresh)
    const until = place.reached
    while (!indexer.advance({ until, deadline: performance.now() + STEP_MS })) {
      onProgress?.(placeOf(fresh).reached, until)
      await setImmediate()
    }
    const differing = differingCalls(fresh, index)
    return { records: until, size, differing, words: differingWords(fresh, index) }
  } finally {
    index?.close()
    fresh.close()
    evidence.close()
  }
}

function openIndex(file: string): Database {
  const path = indexPath(file)
  if (!existsSync(path)) throw none(`there is no index at ${path}`)
  const database = openReadOnly(path)
  // The handle cannot write the file; its own temporary tables it can.
  database.pragma('query_only = OFF')
  return database
}

function placeIn(evidence: Database, index: Database, file: string): IndexPlace {
  try {
    const place = placeOf(index)
    if (isIndex(index) && isIndexOf(evidence, place)) return place
  } catch {
    throw none(`${indexPath(file)} is damaged`)
  }
  throw none(`${indexPath(file)} is of another log, another state of it or another version`)
}

function none(problem: string): AuditError {
  return new AuditError('not_found', `${problem}; slm-audit reindex makes one`)
}

function differingCalls(fresh: Database, index: Database): string[] {
  const [ours, theirs] = [fresh, index].map((each) => rowsOf(each, CALLS))
  const differing: string[] = []
  let [one, other] = [ours?.next().value, theirs?.next().value]
  while ((one || other) && differing.length < MOST) {
    const [left, right] = [Number(one?.id ?? Infinity), Number(other?.id ?? Infinity)]
    if (left !== right || shown(one) !== shown(other)) {
      differing.push(String((left <= right ? one : other)?.audit_id))
    }
    if (left <= right) one = ours?.next().value
    if (right <= left) other = theirs?.next().value
  }
  return differing
}

/** A row but for the number of its traits, beside which they stand, and for where its parts begin: that is compared by the words. */
function shown(row: Row | undefined): string {
  return JSON.stringify({ ...row, trait: undefined, parts_before: undefined })
}

type Row = { readonly [name: string]: unknown }

function* rowsOf(database: Database, sql: string): Generator<Row, undefined> {
  const select = database.prepare(sql)
  let from = 0
  for (;;) {
    const rows = select.all(from) as Row[]
    if (rows.length === 0) return undefined
    yield* rows
    from = Number(rows.at(-1)?.id) + 1
  }
}

function differingWords(fresh: Database, index: Database): string[] {
  const ours = placesIn(fresh)
  const theirs = placesIn(index)
  try {
    const differing: string[] = []
    let [one, other] = [ours.next().value, theirs.next().value]
    while ((one || other) && differing.length < MOST) {
      const order = compare(one?.[0], other?.[0])
      if (order !== 0 || String(one) !== String(other)) {
        differing.push(String((order <= 0 ? one : other)?.[0]))
      }
      if (order <= 0) one = ours.next().value
      if (order >= 0) other = theirs.next().value
    }
    return differing
  } finally {
    ours.return?.()
    theirs.return?.()
  }
}

type Place = [word: string, count: number, places: number]

function placesIn(database: Database): IterableIterator<Place, undefined> {
  database.exec("CREATE VIRTUAL TABLE temp.places USING fts5vocab('main', 'texts', 'instance')")
  return database.prepare(TERMS).raw().iterate() as IterableIterator<Place, undefined>
}

/** In the order of UTF-8 bytes, as SQLite sorts; what is missing comes last. */
function compare(one: string | undefined, other: string | undefined): number {
  if (one === undefined || other === undefined) return Number(!one) - Number(!other)
  return Buffer.compare(Buffer.from(one), Buffer.from(other))
}
