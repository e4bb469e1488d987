import { isOwnWord, parseRecord } from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
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
const GUARDS = ['records_no_delete', 'contents_no_delete', 'parts_no_delete']

/**
 * Takes the records of a tile away, with their contents and what only they need. What the log says of itself
 * stays, and so does the end of a call of which the beginning stays. The tree keeps its hashes. Runs in a
 * transaction of its caller's. Throws SQLite's error.
 *
 * @param stays Tells whether a record is not meant.
 */
export function pruneTile(
  database: Database,
  tile: number,
  use: PartUse,
  stays: (index: number) => boolean
): PrunedTile {
  const rows = goingOf(database, tile, stays)
  const counted = { records: rows.length, bytes: 0 }
  unguarded(database, GUARDS, () => {
    const contents = database.prepare('SELECT id, list FROM contents WHERE id >= ? AND id < ?')
    const takeContent = database.prepare('DELETE FROM contents WHERE id = ?')
    const takePart = database.prepare('DELETE FROM parts WHERE id = ?')
    const takeRecord = database.prepare('DELETE FROM records WHERE idx = ?')
    for (const { idx, header } of rows) {
      const first = idx * CONTENTS_PER_RECORD
      for (const { id, list } of contents.all(
        first,
        first + CONTENTS_PER_RECORD
      ) as ContentFacts[]) {
        const ids = list ? use.partsOf(id, list).ids : []
        for (const part of ids) if (!use.rows.has(part)) takePart.run(part)
        if (!use.bases.has(id)) takeContent.run(id)
      }
      counted.bytes += header.length
      takeRecord.run(idx)
    }
    // Writers that remember parts and lists of these must not refer to them.
    database.exec("UPDATE meta SET value = value + 1 WHERE name = 'erasures'")
  })
  return counted
}

/** What would be taken away with a tile, but for parts of contents. */
export function wouldPrune(
  database: Database,
  tile: number,
  stays: (index: number) => boolean
): PrunedTile {
  const rows = goingOf(database, tile, stays)
  const bytes = rows.reduce((sum, { header }) => sum + header.length, 0)
  return { records: rows.length, bytes }
}

/** The indices of the records of a tile that would be taken away. */
export function goingIn(
  database: Database,
  tile: number,
  stays: (index: number) => boolean
): ReadonlySet<number> {
  return new Set(goingOf(database, tile, stays).map(({ idx }) => idx))
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
