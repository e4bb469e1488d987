import { isOwnWord, parseRecord } from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { emptyOut, type KeptParts, plainSize, storedPart } from '../erase/take-out.ts'
import { BLOCK_GUARDS, BlockCuts } from '../store/cold/block-cuts.ts'
import { keyColumn } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { unguarded } from '../store/upkeep/unguarded.ts'
import type { PartUse } from './part-use.ts'

/** Guards that keep everybody else from taking rows away. */
const GUARDS = ['records_no_delete', 'contents_no_delete', 'parts_no_delete', ...BLOCK_GUARDS]

/** What goes with a tile, found before the transaction that takes it. */
export interface GoingTile {
  readonly tile: number
  /** The indices of the records that go. */
  readonly indices: ReadonlySet<number>
  /** Whether no record of the tile is left. */
  readonly isWhole: boolean
  /** Bytes of the headers that go. */
  readonly headerBytes: number
  /** Rows of their contents. */
  readonly contents: readonly number[]
  /** Rows of the parts of these; others may need them. */
  readonly parts: ReadonlySet<number>
  /** Those of which the bytes go: only records that go, and some that have expired, refer to them. */
  readonly lostParts: readonly number[]
  /** Bytes of contents and parts that go. */
  readonly contentBytes: number
}

/** What of a tile a pruning is about. */
interface TileChoice {
  readonly use: PartUse
  /** Tells whether a record goes. */
  readonly goes: (index: number) => boolean
  /** Parts of which the bytes are not meant. */
  readonly keptParts: KeptParts
}

/** Finds the records of a tile that go, their contents and what only they need. Throws SQLite's error. */
export function goingTile(
  database: Database,
  tile: number,
  { use, goes, keptParts }: TileChoice
): GoingTile {
  const all = prepared(database, SIZES).all(recordsIn(tile)) as RecordSize[]
  const rows = all.filter(({ idx }) => goes(idx))
  const isWhole = rows.length === all.length
  const indices = new Set(rows.map(({ idx }) => idx))
  const contents: number[] = []
  const parts = new Set<number>()
  let contentBytes = 0
  const column = keyColumn(database)
  const found = prepared(database, contentsSql(column)).all(contentsIn(tile)) as ContentFacts[]
  for (const { id, list, size, key } of found) {
    if (!indices.has(Math.floor(id / CONTENTS_PER_RECORD))) continue
    contents.push(id)
    if (list) for (const part of use.partsOf(id, list).ids) parts.add(part)
    else contentBytes += plainSize(size, key)
  }
  const lostParts: number[] = []
  for (const part of parts) {
    if (keptParts.has(part)) continue
    const row = prepared(database, partSql(column)).get(part) as PartFacts | undefined
    if (row) lostParts.push(part)
    contentBytes += row ? plainSize(row.size, row.key) : 0
  }
  const headerBytes = rows.reduce((sum, { size }) => sum + size, 0)
  return { tile, indices, isWhole, headerBytes, contents, parts, lostParts, contentBytes }
}

/**
 * Takes what goes with some tiles away; the tree keeps its hashes. Runs in a transaction of its caller's. Throws
 * SQLite's error.
 */
export function pruneTiles(database: Database, tiles: readonly GoingTile[], use: PartUse): void {
  const shared = tiles.flatMap(({ lostParts }) => lostParts.filter((part) => use.rows.has(part)))
  if (shared.length > 0) {
    emptyOut(
      database,
      shared.flatMap((part) => storedPart(database, part) ?? []),
      use.bytes
    )
  }
  unguarded(database, GUARDS, () => {
    const cuts = new BlockCuts(database)
    for (const { parts } of tiles) {
      for (const part of parts) if (!use.rows.has(part)) cuts.remove('parts', [part, part + 1])
    }
    for (const tile of tiles) takeRows(tile, use.bases, cuts)
    cuts.make()
    // Writers that remember parts and lists of these must not refer to them.
    database.exec("UPDATE meta SET value = value + 1 WHERE name = 'erasures'")
  })
}

/** Takes records and contents: of a tile of which nothing is needed any more, all at once. */
function takeRows(
  { tile, indices, isWhole, contents }: GoingTile,
  bases: ReadonlySet<number>,
  cuts: BlockCuts
): void {
  if (isWhole && !contents.some((each) => bases.has(each))) {
    cuts.remove('contents', contentsIn(tile))
    cuts.remove('records', recordsIn(tile))
    return
  }
  for (const id of contents) if (!bases.has(id)) cuts.remove('contents', [id, id + 1])
  for (const index of indices) cuts.remove('records', [index, index + 1])
}

/** The records of a tile: the first, and the one behind the last. */
function recordsIn(tile: number): [first: number, end: number] {
  return [tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH]
}

/** The rows of the contents of a tile: the first, and the one behind the last. */
function contentsIn(tile: number): [first: number, end: number] {
  const rows = TILE_WIDTH * CONTENTS_PER_RECORD
  return [tile * rows, (tile + 1) * rows]
}

/**
 * The records of a tile that stay where it goes: what the log says of itself, the end of a call of which the beginning
 * stays, and what is said of calls that stay. `goes` tells of earlier records whether they do, and of those of the
 * tile that they do. Throws SQLite's error.
 */
export function leftBehind(
  database: Database,
  tile: number,
  goes: (index: number) => boolean
): ReadonlySet<number> {
  const left = new Set<number>()
  const stays = (index: unknown) => !goes(Number(index)) || left.has(Number(index))
  const rows = prepared(database, RECORDS).all(recordsIn(tile)) as RecordFacts[]
  const begun = new Set<string>()
  for (const { stage, audit_id: id } of rows) if (stage === 'received') begun.add(id)
  const received = database.prepare(RECEIVED).pluck()
  const recordsOf = database.prepare('SELECT idx FROM main.records WHERE audit_id = ?').pluck()
  for (const { idx, stage, audit_id: id, said } of rows) {
    if (stage !== 'event') {
      const beginning = begun.has(id) ? undefined : received.get(id)
      if (beginning !== undefined && stays(beginning)) left.add(idx)
      continue
    }
    const record = parseRecord({ header: String(said) })
    const about = isOwnWord(record) ? undefined : recordsOf.all(record.parent ?? '')
    if (about === undefined || about.some(stays)) left.add(idx)
  }
  return left
}

const contentsSql = (key: string) =>
  `SELECT id, list, octet_length(body) AS size, ${key} FROM contents WHERE id >= ? AND id < ?`
const partSql = (key: string) =>
  `SELECT octet_length(body) AS size, ${key} FROM parts WHERE id = ? AND body IS NOT NULL`
const SIZES =
  'SELECT idx, octet_length(header) AS size FROM records WHERE idx >= ? AND idx < ? ORDER BY idx'
const RECORDS = `SELECT idx, stage, audit_id, CASE WHEN stage = 'event' THEN header END AS said
  FROM main.records WHERE idx >= ? AND idx < ? ORDER BY idx`
const RECEIVED = "SELECT idx FROM main.records WHERE audit_id = ? AND stage = 'received'"

interface PartFacts {
  readonly size: number | null
  readonly key: number | null
}

interface ContentFacts extends PartFacts {
  readonly id: number
  readonly list: Uint8Array | null
}

interface RecordSize {
  readonly idx: number
  readonly size: number
}

interface RecordFacts {
  readonly idx: number
  readonly stage: string
  readonly audit_id: string
  /** The header of what is said of calls, or of the log. */
  readonly said: string | null
}
