import {
  type AgedRanges,
  checkRange,
  type RangeSource,
  type SealedRecord,
  type StoredLog,
  type VerifyOptions,
  type VerifyReport,
  verifyLog,
  withAged
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { HASH_BYTES, parseCheckpoint, TILE_WIDTH, type Tile } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { agedRanges } from '../store/aged-records.ts'
import { keyRecords } from '../store/key-records.ts'
import { originOf } from '../store/schema.ts'
import { sealedPage, sizeOf } from '../store/sealed-rows.ts'
import { readCheckpoints } from '../store/stored-checkpoints.ts'
import { readTile } from '../store/stored-tiles.ts'

/** Tiles of leaves that are in memory at a time: those of the range that is checked. */
const RANGE = 2 * TILE_WIDTH

/**
 * The tiles of a log for verification, which reads at once: all widths, all tiles above the leaves, the tiles of
 * leaves that proofs need, and those of the range at hand.
 */
class TilesInMemory {
  readonly #widths = new Map<string, number>()
  readonly #kept = new Map<string, Uint8Array>()
  #range = new Map<string, Uint8Array>()

  static async of(connection: Connection, leaves: readonly number[]): Promise<TilesInMemory> {
    const tiles = new TilesInMemory()
    const s = connection.schema
    const widths = await connection.rows(
      `SELECT level, n, octet_length(hashes) AS bytes FROM ${s}.tiles`
    )
    for (const { level, n, bytes } of widths) tiles.#widths.set(`${level}/${n}`, Number(bytes))
    const above = await connection.rows(`SELECT level, n, hashes FROM ${s}.tiles WHERE level > 0`)
    for (const { level, n, hashes } of above) {
      tiles.#kept.set(`${level}/${n}`, new Uint8Array(hashes as Buffer))
    }
    for (const n of new Set(leaves)) {
      tiles.#kept.set(`0/${n}`, await readTile(connection, { level: 0, n }))
    }
    return tiles
  }

  /** Puts the tiles of some leaves in the place of those of the last range. */
  async load(connection: Connection, from: number, to: number): Promise<void> {
    const sql = `SELECT n, hashes FROM ${connection.schema}.tiles WHERE level = 0 AND n >= $1 AND n <= $2`
    const rows = await connection.rows(sql, [tileOf(from), tileOf(to - 1)])
    this.#range = new Map(rows.map(({ n, hashes }) => [`0/${n}`, new Uint8Array(hashes as Buffer)]))
  }

  /** A tile; of one that is not in memory as many bytes as it has, which are no hashes of anything. */
  read({ level, n }: Tile): Uint8Array {
    const key = `${level}/${n}`
    const hashes = this.#kept.get(key) ?? this.#range.get(key)
    return hashes ?? new Uint8Array(this.#widths.get(key) ?? 0)
  }

  /** Tiles that belong to no leaf of a log of a size. */
  strays(size: number): number {
    return [...this.#widths.keys()].filter((key) => {
      const [level = 0, n = 0] = key.split('/').map(Number)
      return n * TILE_WIDTH ** (level + 1) >= size
    }).length
  }
}

/** Recomputes a log from what is stored of it. Rejects with AuditError where it cannot be read. */
export async function verifyStored(
  connection: Connection,
  options: VerifyOptions
): Promise<VerifyReport> {
  const size = await sizeOf(connection)
  const origin = await originOf(connection)
  const checkpoints = await readCheckpoints(connection)
  const keys = await keyRecords(connection)
  const tiles = await TilesInMemory.of(connection, tilesForProofs(size, keys, options))
  const aged = await agedRanges(connection)
  const beyond = await strayRows(connection, size)
  const log: StoredLog = {
    origin,
    size,
    records: () => [],
    readTile: (tile) => tiles.read(tile),
    checkpoints: () => checkpoints,
    keyRecords: (before) => keys.filter(({ index }) => index < before),
    strays: () => beyond + tiles.strays(size),
    checkRanges: (fromIndex) => rangesOf(connection, tiles, { origin, size, fromIndex, aged })
  }
  return await verifyLog(log, options, nodeSha256)
}

/** What is checked of a log, from where on. */
interface Checked {
  readonly origin: string
  readonly size: number
  readonly fromIndex: number
  readonly aged: AgedRanges
}

function rangesOf(
  connection: Connection,
  tiles: TilesInMemory,
  { origin, size, fromIndex, aged }: Checked
): RangeSource {
  let from = fromIndex
  return async () => {
    if (from >= size) return undefined
    const to = Math.min(size, (Math.floor(from / RANGE) + 1) * RANGE)
    await tiles.load(connection, from, to)
    const records: SealedRecord[] = []
    for (let next = from; next < to; ) {
      const page = await sealedPage(connection, next, to, 'opened')
      records.push(...page)
      next = (page.at(-1)?.index ?? to) + 1
    }
    const all = withAged(records, [from, to], aged, (index) => leafIn(tiles, index))
    const findings = checkRange(all, origin, from, to, nodeSha256)
    from = to
    return findings
  }
}

function leafIn(tiles: TilesInMemory, index: number): Uint8Array {
  const at = (index % TILE_WIDTH) * HASH_BYTES
  return tiles.read({ level: 0, n: tileOf(index) }).subarray(at, at + HASH_BYTES)
}

/** Tiles of leaves at the edges of the trees that are compared, and those that hold a record of a key. */
function tilesForProofs(
  size: number,
  keys: readonly SealedRecord[],
  { since, against, kept = [] }: VerifyOptions
): number[] {
  const notes = [against?.checkpoint, ...kept.map(({ checkpoint }) => checkpoint)]
  const sizes = notes.flatMap((note) => sizeIn(note))
  const edges = [size, ...sizes, ...(since ? [since.size] : [])].filter((edge) => edge <= size)
  const tiles = [
    ...edges.map((edge) => tileOf(Math.max(0, edge - 1))),
    ...keys.map(({ index }) => tileOf(index))
  ]
  // A proof may begin at the leaf behind an edge.
  return [...tiles, ...edges.map(tileOf)]
}

function sizeIn(note: string | undefined): number[] {
  try {
    return note === undefined ? [] : [parseCheckpoint(note).size]
  } catch {
    // Verification says what is wrong with it.
    return []
  }
}

function tileOf(index: number): number {
  return Math.floor(index / TILE_WIDTH)
}

/** Rows that belong to no record of the log. */
async function strayRows(connection: Connection, size: number): Promise<number> {
  const s = connection.schema
  const [row] = await connection.rows(
    `SELECT (SELECT count(*) FROM ${s}.contents WHERE idx >= $1) +
      (SELECT count(*) FROM ${s}.checkpoints WHERE size > $1) AS count`,
    [size]
  )
  return Number(row?.count)
}
