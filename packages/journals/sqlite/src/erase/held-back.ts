import { type HeldBack, HOLD_ADDED } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { type ContentRow, contentColumns, PartReader } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { activeHolds, HeldRecords } from '../store/upkeep/holds.ts'
import { recordsIn, type ScopedRecord } from './erase-scope.ts'

/** What holds keep, for whoever takes something out of a log. */
export class HoldingBack {
  readonly #database: Database
  #seen = 0
  #reads = 0
  #records: HeldRecords
  #parts: ReadonlySet<number> | undefined
  readonly #held = new Set<number>()
  readonly #incidents = new Set<string>()

  constructor(database: Database) {
    this.#database = database
    this.#records = new HeldRecords(database, [])
  }

  /** What was held back so far. */
  get heldBack(): HeldBack {
    return { held: this.#held.size, incidents: [...this.#incidents] }
  }

  /** Whether holds were added or released since they were first looked at. */
  get hasChanged(): boolean {
    return this.#reads > 1
  }

  /**
   * Takes in holds that came since; best first in each transaction that takes something out. Whether any were added
   * or released.
   */
  refresh(): boolean {
    const size = Number(
      prepared(this.#database, 'SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
    )
    const isChanged = this.#seen === 0 ? size > 0 : this.#hasHoldsBetween(this.#seen, size)
    this.#seen = size
    if (!isChanged) return false
    this.#records = new HeldRecords(this.#database, activeHolds(this.#database))
    this.#parts = undefined
    this.#reads++
    return true
  }

  /** Whether a hold keeps the record of an index. */
  keeps(index: number): boolean {
    if (this.#records.holds.length === 0) return false
    const sql = 'SELECT header FROM records WHERE idx = ?'
    const row = prepared(this.#database, sql).get(index) as { readonly header: string } | undefined
    return row !== undefined && this.#records.holding(row).length > 0
  }

  /** The records that no hold keeps; the others are noted. */
  free<Row extends ScopedRecord>(records: readonly Row[]): Row[] {
    return records.filter((record) => {
      const holds = this.#records.holding(record)
      for (const { incident } of holds) this.#incidents.add(incident)
      if (holds.length > 0) this.#held.add(record.idx)
      return holds.length === 0
    })
  }

  /** Parts that records under a hold refer to, which others of the conversation share. */
  get parts(): ReadonlySet<number> {
    this.#parts ??= partsOf(
      this.#database,
      this.#records.holds.flatMap(({ scope }) =>
        scope ? [...recordsIn(this.#database, scope, Number.MAX_SAFE_INTEGER)] : []
      )
    )
    return this.#parts
  }

  #hasHoldsBetween(from: number, to: number): boolean {
    const kinds = `"kind":"${HOLD_ADDED.split('.')[0]}.`
    const sql = `SELECT 1 FROM records WHERE idx >= ? AND idx < ? AND stage = 'event' AND instr(header, ?) > 0`
    return prepared(this.#database, `${sql} LIMIT 1`).get(from, to, kinds) !== undefined
  }
}

/** The parts that some records refer to. */
function partsOf(database: Database, records: readonly ScopedRecord[]): ReadonlySet<number> {
  const parts = new Set<number>()
  if (records.length === 0) return parts
  const reader = new PartReader(database)
  const lists = database.prepare(
    `SELECT ${contentColumns(database)} FROM contents WHERE id >= ? AND id < ? AND list IS NOT NULL`
  )
  for (const { idx } of records) {
    const first = idx * CONTENTS_PER_RECORD
    for (const row of lists.all(first, first + CONTENTS_PER_RECORD) as ContentRow[]) {
      if (row.list) for (const id of reader.idsOf(row, row.list)) parts.add(id)
    }
  }
  return parts
}
