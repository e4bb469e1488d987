import { isOwnWord, parseRecord } from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import type { ColdTable } from '../store/cold/block.ts'
import { BLOCK_GUARDS, BlockCuts } from '../store/cold/block-cuts.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { unguarded } from '../store/upkeep/unguarded.ts'
import type { PartUse } from './part-use.ts'

/** What is taken away with a tile. */
export interface PrunedTile {
  readonly records: number
  readonly bytes: number
}

interface Row {
  readonly idx: number
  readonly stage: string
  readonly audit_id: string
  readonly header: string
}

/** Guards that keep everybody else from taking rows away. */
const GUARDS = ['records_no_delete', 'contents_no_delete', 'parts_no_delete', ...BLOCK_GUARDS]

/** What goes with a tile, found before the transaction that takes it. */
export interface GoingTile extends PrunedTile {
  readonly tile: number
  /** The indices of the records that go. */
  readonly indices: ReadonlySet<number>
  /** Rows of their contents. */
  readonly contents: readonly number[]
  /** Rows of the parts of these; others may need them. */
  readonly parts: ReadonlySet<number>
}

/** What of a tile a pruning is about. */
interface TileChoice {
  readonly use: PartUse
  /** Tells whether a record is not meant. */
  readonly stays: (index: number) => boolean
}

/**
 * Finds the records of a tile that go with it, their contents and what only they need. What the log says of itself
 * stays, and so does the end of a call of which the beginning stays. Throws SQLite's error.
 */
export function goingTile(database: Database, tile: number, { use, stays }: TileChoice): GoingTile {
  const rows = goingOf(database, tile, stays)
  const indices = new Set(rows.map(({ idx }) => idx))
  const contents: number[] = []
  const parts = new Set<number>()
  const [first, end] = [tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH]
  const found = database
    .prepare('SELECT id, list FROM contents WHERE id >= ? AND id < ?')
    .all(first * CONTENTS_PER_RECORD, end * CONTENTS_PER_RECORD) as ContentFacts[]
  for (const { id, list } of found) {
    if (!indices.has(Math.floor(id / CONTENTS_PER_RECORD))) continue
    contents.push(id)
    for (const part of list ? use.partsOf(id, list).ids : []) parts.add(part)
  }
  return { tile, indices, contents, parts, records: rows.length, bytes: bytesOf(rows) }
}

/**
 * Takes what goes with some tiles away; the tree keeps its hashes. Runs in a transaction of its caller's. Throws
 * SQLite's error.
 */
export function pruneTiles(database: Database, tiles: readonly GoingTile[], use: PartUse): void {
  unguarded(database, GUARDS, () => {
    const cuts = new BlockCuts(database)
    const takerOf = (table: ColdTable, key: string) => {
      const take = database.prepare(`DELETE FROM main.${table} WHERE ${key} = ?`)
      return (id: number): void => {
        cuts.add(table, id)
        take.run(id)
      }
    }
    const takeContent = takerOf('contents', 'id')
    const takePart = takerOf('parts', 'id')
    const takeRecord = takerOf('records', 'idx')
    for (const { indices, contents, parts } of tiles) {
      for (const part of parts) if (!use.rows.has(part)) takePart(part)
      for (const content of contents) if (!use.bases.has(content)) takeContent(content)
      for (const index of indices) takeRecord(index)
    }
    cuts.make()
    // Writers that remember parts and lists of these must not refer to them.
    database.exec("UPDATE meta SET value = value + 1 WHERE name = 'erasures'")
  })
}

/** What would be taken away with a tile, but for parts of contents. */
export function wouldPrune(
  database: Database,
  tile: number,
  stays: (index: number) => boolean
): PrunedTile {
  const rows = goingOf(database, tile, stays)
  return { records: rows.length, bytes: bytesOf(rows) }
}

/** The indices of the records of a tile that would be taken away. */
export function goingIn(
  database: Database,
  tile: number,
  stays: (index: number) => boolean
): ReadonlySet<number> {
  return new Set(goingOf(database, tile, stays).map(({ idx }) => idx))
}

function bytesOf(rows: readonly Row[]): number {
  return rows.reduce((sum, { header }) => sum + header.length, 0)
}

interface ContentFacts {
  readonly id: number
  readonly list: Uint8Array | null
}

function goingOf(database: Database, tile: number, stays: (index: number) => boolean): Row[] {
  const first = tile * TILE_WIDTH
  const rows = database
    .prepare('SELECT idx, stage, audit_id, header FROM records WHERE idx >= ? AND idx < ?')
    .all(first, first + TILE_WIDTH) as Row[]
  const received = database
    .prepare("SELECT idx FROM records WHERE audit_id = ? AND stage = 'received'")
    .pluck()
  const firstOf = database.prepare('SELECT idx FROM records WHERE audit_id = ?').pluck()
  return rows.filter(({ idx, stage, audit_id, header }) => {
    const record = parseRecord({ header })
    const { parent } = record
    if (isOwnWord(record)) return false
    // What is said of a call goes with it, or after it.
    if (stage === 'event') return !firstOf.all(parent ?? '').some((each) => stays(Number(each)))
    const beginning = stage === 'received' ? idx : received.get(audit_id)
    return typeof beginning !== 'number' || !stays(beginning)
  })
}
