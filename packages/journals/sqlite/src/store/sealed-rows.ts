import {
  messageOf,
  type SealedContent,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import { HASH_BYTES, TILE_WIDTH } from '@slm-audit/core/tlog'
import { isDamage } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { hasSchema } from '../driver/has-schema.ts'
import { prepared } from '../driver/prepared.ts'
import { ColdValues } from './cold/cold-values.ts'
import { type ContentRow, PartReader, storedContents } from './part-reader.ts'
import { CONTENTS_PER_RECORD } from './schema.ts'
import { sizeOf, tileReader } from './tree.ts'

/** A record as its row has it; where it names a block, its header is there. */
export type StoredRow = [
  index: number,
  auditId: string,
  stage: string,
  header: string,
  block: number | null
]

/** What `StoredRow`s are selected from; in a database of an earlier version, too. */
export function storedRecords(database: Database): string {
  const block = hasSchema(database, 'blocks') ? 'block' : 'NULL'
  return `SELECT idx, audit_id, stage, header, ${block} FROM main.records`
}

/** The record of a row, with its header; what the log says of itself has it in its row. */
export function recordOf(
  [idx, audit_id, stage, stored, block]: StoredRow,
  cold: ColdValues
): RecordRow {
  if (block === null || stage === 'event') return { idx, audit_id, stage, header: stored }
  const found = cold.value('records', block, idx)
  const header = found ? Buffer.from(found.buffer, found.byteOffset, found.length).toString() : ''
  return { idx, audit_id, stage, header }
}

interface RecordRow {
  readonly idx: number
  readonly audit_id: string
  readonly stage: string
  readonly header: string
}

/** Rows that are read at a time, and their bytes but for those of the last one. */
const SLICE = 256
const SLICE_BYTES = 4 * 1024 * 1024
/**
 * Sealed records in the order of their index, from `fromIndex` to the size at the call. Rows are
 * read in slices, so that neither memory nor a long transaction stands in a writer's way. A hole
 * in the order is left out: the next record then has a larger index.
 */
export function* readSealed(database: Database, fromIndex = 0): Generator<StoredRecord> {
  const end = sizeOf(database)
  const leafOf = leafReader(database)
  for (let from = fromIndex; from < end; ) {
    const page = sealedPage(database, from, leafOf)
    for (const sealed of page) if (sealed.index < end) yield sealed
    from = (page.at(-1)?.index ?? end) + 1
  }
}

/** Sealed records from an index on, as many as are read at a time; none at the end. */
export function sealedPage(
  database: Database,
  from: number,
  leafOf: LeafOf = leafReader(database)
): StoredRecord[] {
  try {
    return readPage(database, from, leafOf)
  } catch (error) {
    if (!isDamage(error)) throw error
    return [...oneByOne(database, from, from + SLICE)]
  }
}

function readPage(database: Database, from: number, leafOf: LeafOf): StoredRecord[] {
  const cold = new ColdValues(database)
  const rows = database
    .prepare(`${storedRecords(database)} WHERE idx >= ? ORDER BY idx LIMIT ? + 0`)
    .raw()
    .all(from, SLICE) as StoredRow[]
  const read = rows.map((row) => recordOf(row, cold))
  const fitting = read.slice(0, fittingRows(read))
  const contents = contentsBetween(database, from, (fitting.at(-1)?.idx ?? from) + 1, { cold })
  return fitting.map((row) => toSealed(row, contents.get(row.idx), leafOf))
}

/** How many of the rows fit in a slice with their contents, by what their headers say of these. */
function fittingRows(rows: readonly RecordRow[]): number {
  let bytes = 0
  const over = rows.findIndex(({ header }) => {
    const text = String(header)
    bytes += text.length
    for (const [, size] of text.matchAll(CONTENT_SIZE)) bytes += Number(size)
    return bytes > SLICE_BYTES
  })
  return over === -1 ? rows.length : Math.max(over, 1)
}

const CONTENT_SIZE = /"bytes":(\d+),"commitment":/g

const RECORDS_OF_CALL =
  "SELECT idx, audit_id, stage, header FROM records WHERE audit_id = ? || '' ORDER BY idx"

/** A record for who reads it: a content of which all is there has no parts, and its leaf is not looked up. */
export type ReadableRecord = Omit<SealedRecord, 'leafHash'>

/** The records of one call, in order, each read when it is asked for. */
export function* readableOfCall(
  database: Database,
  auditId: string
): Generator<ReadableRecord, undefined> {
  for (const { idx: index, header } of rowsOfCall(database, auditId)) {
    const contents = contentsBetween(database, index, index + 1, { read: asWhole }).get(index) ?? []
    yield { index, header: headerOf(header).header, contents }
  }
}

/** The records of one call, in order. */
export function sealedOfCall(database: Database, auditId: string): SealedRecord[] {
  const leafOf = leafReader(database)
  return rowsOfCall(database, auditId).map((row) =>
    toSealed(row, contentsBetween(database, row.idx, row.idx + 1).get(row.idx), leafOf)
  )
}

/** The header of the newest record of a call; `undefined` where there is none. */
export function newestHeaderOf(
  database: Database,
  auditId: string
): Pick<StoredRecord, 'header'> | undefined {
  const row = rowsOfCall(database, auditId).at(-1)
  return row && headerOf(row.header)
}

function rowsOfCall(database: Database, auditId: string): RecordRow[] {
  return prepared(database, RECORDS_OF_CALL).all(auditId) as RecordRow[]
}

type ReadContent = (reader: PartReader, row: ContentRow) => SealedContent

const asSealed: ReadContent = (reader, row) => reader.content(row)
const asWhole: ReadContent = (reader, row) => reader.whole(row)

type LeafOf = (index: number) => Uint8Array

function toSealed(
  { idx, audit_id: auditId, stage, header }: RecordRow,
  contents: SealedContent[] = [],
  leafOf: LeafOf
): StoredRecord {
  const filedAs = { auditId, stage }
  return { index: idx, leafHash: leafOf(idx), ...headerOf(header), contents, filedAs }
}

/** The header of a row; SQLite takes values of any type, and a header is text. */
export function headerOf(value: unknown): Pick<StoredRecord, 'header' | 'damage'> {
  if (typeof value === 'string') return { header: value }
  return {
    header: '',
    damage: { kind: 'changed', detail: 'what is stored as its header is no text' }
  }
}

/**
 * Records from one index to before another where not all of them can be read: up to the first one that
 * cannot, which says so.
 */
export function* oneByOne(database: Database, from: number, to: number): Generator<StoredRecord> {
  for (let index = from; index < to; index++) {
    try {
      const sealed = sealedAt(database, index)
      if (sealed) yield sealed
    } catch (error) {
      if (!isDamage(error)) throw error
      yield unreadable(index, error)
      return
    }
  }
}

function unreadable(index: number, error: unknown): StoredRecord {
  const damage = { kind: 'changed', detail: `it cannot be read: ${messageOf(error)}` } as const
  return { index, leafHash: new Uint8Array(), header: '', contents: [], damage }
}

/** Reads leaf hashes out of the tree's tiles, keeping the last tile. Empty where there is none. */
export function leafReader(database: Database): LeafOf {
  const readTile = tileReader(database)
  let tile: { readonly n: number; readonly hashes: Uint8Array } | undefined
  return (index) => {
    const n = Math.floor(index / TILE_WIDTH)
    const at = (index % TILE_WIDTH) * HASH_BYTES
    // A tile that was still growing is read again.
    if (tile?.n !== n || tile.hashes.length < at + HASH_BYTES) {
      tile = { n, hashes: readTile({ level: 0, n }) }
    }
    return tile.hashes.subarray(at, at + HASH_BYTES)
  }
}

/** The contents of the records from one index to before another, by index. */
function contentsBetween(
  database: Database,
  from: number,
  to: number,
  { read = asSealed, cold }: { readonly read?: ReadContent; readonly cold?: ColdValues } = {}
): Map<number, SealedContent[]> {
  const sql = `${storedContents(database)} WHERE id >= ? AND id < ? ORDER BY id`
  const ids = [from * CONTENTS_PER_RECORD, to * CONTENTS_PER_RECORD]
  const rows = prepared(database, sql).all(...ids) as ContentRow[]
  const reader = new PartReader(database, SLICE_BYTES, cold)
  const contents = new Map<number, SealedContent[]>()
  for (const row of rows) {
    const index = Math.floor(row.id / CONTENTS_PER_RECORD)
    const content = read(reader, row)
    const known = contents.get(index)
    if (known) known.push(content)
    else contents.set(index, [content])
  }
  return contents
}

/** The record at an index, if it is there. */
export function sealedAt(database: Database, index: number): StoredRecord | undefined {
  const row = database
    .prepare('SELECT idx, audit_id, stage, header FROM records WHERE idx = ?')
    .get(index)
  if (row === undefined) return undefined
  const contents = contentsBetween(database, index, index + 1).get(index)
  return toSealed(row as RecordRow, contents, leafReader(database))
}
