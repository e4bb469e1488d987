import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { decodeList, idsOf } from '../store/part-list.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'

/** What becomes of a record. */
export type Fate = 'stays' | 'expires' | 'goes'

/** Rows that are looked at in one step. */
const SLICE = 500

/** Rows without a list count, too: what is looked at again and again would else look at all of them each time. */
const LISTS = 'SELECT id, list FROM main.contents WHERE id >= ? ORDER BY id LIMIT ? + 0'

/**
 * Which parts, and which rows of lists that others begin like, are still needed once some records have
 * expired or gone: a conversation's calls share their parts, and these age at different times.
 */
export class PartUse {
  /** Parts of which the bytes are needed. */
  readonly bytes = new Bits()
  /** Parts of which the commitment is needed at least. */
  readonly rows = new Bits()
  /** Rows of `contents` that the lists of records that are left begin like. */
  readonly bases = new Set<number>()
  readonly #database: Database
  readonly #fateOf: (index: number) => Fate
  #next = 0

  constructor(database: Database, fateOf: (index: number) => Fate) {
    this.#database = database
    this.#fateOf = fateOf
  }

  /** Looks at some more rows; false when all have been seen. Best again in each transaction, for rows that came since. */
  look(): boolean {
    const rows = prepared(this.#database, LISTS).raw().all(this.#next, SLICE)
    for (const [id, list] of rows as [number, unknown][]) {
      this.#next = id + 1
      if (!(list instanceof Uint8Array)) continue
      const fate = this.#fateOf(Math.floor(id / CONTENTS_PER_RECORD))
      if (fate !== 'goes') this.#mark(id, list, fate === 'stays')
    }
    return rows.length === SLICE
  }

  /** The parts of a row, and the rows that its list begins like. */
  partsOf(id: number, bytes: Uint8Array): { readonly ids: number[]; readonly bases: number[] } {
    const before = prepared(this.#database, 'SELECT list FROM contents WHERE id = ?').pluck()
    const steps: (readonly number[])[] = []
    const bases: number[] = []
    let [row, list] = [id, decodeList(bytes)]
    for (;;) {
      steps.unshift(list.steps)
      row -= list.back
      const found = list.back > 0 ? before.get(row) : undefined
      if (!(found instanceof Uint8Array)) break
      bases.push(row)
      list = decodeList(found)
    }
    const ids: number[] = []
    for (const each of steps) ids.push(...idsOf(each, ids.at(-1) ?? 0))
    return { ids, bases }
  }

  #mark(id: number, list: Uint8Array, isRead: boolean): void {
    const { ids, bases } = this.partsOf(id, list)
    for (const each of bases) this.bases.add(each)
    for (const each of ids) {
      this.rows.add(each)
      if (isRead) this.bytes.add(each)
    }
  }
}

/** A set of small numbers, one bit each. */
export class Bits {
  #bytes = new Uint8Array(1024)

  add(value: number): void {
    const at = value >>> 3
    if (at >= this.#bytes.length) {
      const wider = new Uint8Array(2 * (at + 1))
      wider.set(this.#bytes)
      this.#bytes = wider
    }
    this.#bytes[at] = (this.#bytes[at] ?? 0) | (1 << (value & 7))
  }

  has(value: number): boolean {
    return ((this.#bytes[value >>> 3] ?? 0) & (1 << (value & 7))) !== 0
  }
}
