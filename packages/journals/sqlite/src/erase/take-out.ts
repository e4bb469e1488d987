import { commit, isStanding, parseRecord, toHex } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { OVERHEAD_BYTES } from '@slm-audit/core/subjects'
import type { Database, Statement } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { BLOCK_GUARDS, BlockCuts } from '../store/cold/block-cuts.ts'
import { type ContentRow, contentColumns, keyColumn, PartReader } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { unguarded } from '../store/upkeep/unguarded.ts'
import type { ScopedRecord } from './erase-scope.ts'

/** Triggers that keep everybody else from what an erasure changes. */
const GUARDS = ['contents_no_update', 'parts_no_update', ...BLOCK_GUARDS]

/** An empty salt: nothing can be tried against the commitment of a content that is gone. */
const NO_SALT = Buffer.alloc(0)

/** What of the contents of some records is meant. */
export interface TakeOutOptions {
  /** Commitments that are meant; all unless given. */
  readonly only?: ReadonlySet<string>
  /** Rows of parts that stay, as records that are not meant need them. */
  readonly keptParts?: KeptParts
}

/** Tells of a row of `parts` whether it stays. */
export type KeptParts = Pick<ReadonlySet<number>, 'has'>

/** What was taken out of some records. */
export interface TakenOut {
  /** Records that have contents, whether these were there or gone already. */
  readonly records: readonly number[]
  /** Commitments to the contents and parts that are gone now, in hex. */
  readonly commitments: readonly string[]
  /** Rows of the parts among them; records that are not meant may refer to them as well. */
  readonly parts: ReadonlySet<number>
  readonly bytes: number
  /** Where they are. */
  readonly found: readonly Found[]
}

/**
 * Takes the contents of records out, with their salts; commitments stay. Runs in a transaction of its
 * caller's, in which the triggers that guard the rows are away for nobody else. Throws SQLite's error.
 */
export function takeOut(
  database: Database,
  records: readonly ScopedRecord[],
  options: TakeOutOptions = {}
): TakenOut {
  const taken = wouldTakeOut(database, records, options)
  emptyOut(database, taken.found)
  return taken
}

/** Takes out what was found before, but for parts that stay after all; as `takeOut`. */
export function emptyOut(
  database: Database,
  found: readonly Found[],
  keptParts: KeptParts = new Set()
): void {
  const emptied = 'SET salt = ?, body = NULL, key = NULL, block = NULL WHERE id = ?'
  const emptyContent = prepared(database, `UPDATE main.contents ${emptied}`)
  const emptyPart = prepared(database, `UPDATE main.parts ${emptied}`)
  const cuts = new BlockCuts(database)
  unguarded(database, GUARDS, () => {
    for (const { table, id, commitment } of found) {
      if (table === 'parts' && keptParts.has(id)) continue
      cuts.add(table, id)
      if (table === 'contents') emptyContent.run(NO_SALT, id)
      else emptyPart.run(Buffer.from(commitment, 'hex'), id)
    }
    cuts.make()
  })
}

/** What `takeOut` would take out of records. */
export function wouldTakeOut(
  database: Database,
  records: Iterable<ScopedRecord>,
  options: TakeOutOptions = {}
): TakenOut {
  const taker = new Taker(database, options)
  for (const record of records) taker.look(record)
  return taker
}

/** A content, or a part of one, that is there. */
export interface Found {
  readonly table: 'contents' | 'parts'
  readonly id: number
  readonly commitment: string
}

class Taker implements TakenOut {
  readonly records: number[] = []
  readonly commitments: string[] = []
  readonly parts = new Set<number>()
  readonly found: Found[] = []
  bytes = 0
  readonly #only: ReadonlySet<string> | undefined
  readonly #keptParts: KeptParts
  readonly #reader: PartReader
  readonly #rows: Statement
  readonly #database: Database

  constructor(database: Database, { only, keptParts = new Set() }: TakeOutOptions) {
    this.#database = database
    this.#only = only
    this.#keptParts = keptParts
    this.#reader = new PartReader(database)
    const columns = contentColumns(database)
    this.#rows = database.prepare(`SELECT ${columns} FROM contents WHERE id >= ? AND id < ?`)
  }

  /** Notes what of a record is there. */
  look({ idx, header }: ScopedRecord): void {
    const { kind, log } = parseRecord({ header })
    // What the log says of erasures and holds stays: without it nobody could tell what was erased.
    if (isStanding(kind)) return
    const first = idx * CONTENTS_PER_RECORD
    const rows = this.#rows.all(first, first + CONTENTS_PER_RECORD) as ContentRow[]
    if (rows.length > 0) this.records.push(idx)
    for (const row of rows) {
      if (row.list) this.#lookAtParts(row, row.list)
      else if (row.body) {
        const commitment = log.contents[row.name]?.commitment ?? ''
        const bytes = plainSize(row.body.length, row.key)
        this.#note({ table: 'contents', id: row.id, commitment }, bytes)
      }
    }
  }

  #lookAtParts(row: ContentRow, list: Uint8Array): void {
    for (const id of this.#reader.idsOf(row, list)) {
      if (this.parts.has(id) || this.#keptParts.has(id)) continue
      const part = storedPart(this.#database, id)
      if (part && this.#note(part, part.bytes)) this.parts.add(id)
    }
  }

  #note(found: Found, bytes: number): boolean {
    const { commitment } = found
    if (this.#only?.has(commitment) === false) return false
    this.commitments.push(commitment)
    this.found.push(found)
    this.bytes += bytes
    return true
  }
}

/** A part that is there, and how many bytes of it were sealed; `undefined` where it is gone. */
export function storedPart(
  database: Database,
  id: number
): (Found & { bytes: number }) | undefined {
  const sql = `SELECT salt, body, ${keyColumn(database)} FROM parts WHERE id = ? AND body IS NOT NULL`
  const row = prepared(database, sql).get(id) as
    | { salt: Uint8Array; body: Uint8Array; key: number | null }
    | undefined
  if (!row) return undefined
  const { salt, body, key } = row
  // One that is encrypted stands beside its commitment.
  const commitment = key === null ? commit(salt, body, nodeSha256) : toHex(salt)
  return { table: 'parts', id, commitment, bytes: plainSize(body.length, key) }
}

/** How many bytes were sealed, of so many that are stored with a key or without one. */
export function plainSize(stored: number | null, key: number | null): number {
  return (stored ?? 0) - (key === null || stored === null ? 0 : OVERHEAD_BYTES)
}
