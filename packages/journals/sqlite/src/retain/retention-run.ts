import {
  type Aging,
  CONTENTS_EXPIRED,
  type HeldBack,
  pendingAging,
  RECORDS_PRUNED,
  RetentionDates,
  rangesOf
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { destroyUnused } from '../erase/erase-keys.ts'
import type { ScopedRecord } from '../erase/erase-scope.ts'
import { HoldingBack } from '../erase/held-back.ts'
import { type TakenOut, takeOut, wouldTakeOut } from '../erase/take-out.ts'
import type { IndexFile } from '../index/index-file.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { noteAged } from '../store/upkeep/aged-ranges.ts'
import { rowOf, type Writer } from '../store/writer.ts'
import { AgingScan, type WaitingExporter } from './aging-scan.ts'
import { KeyUse } from './key-use.ts'
import { Bits, PartUse } from './part-use.ts'
import type { PendingRetention } from './pending-retention.ts'
import { goingIn, type PrunedTile, pruneTile, wouldPrune } from './prune-tile.ts'

/** What retention takes, or took. */
export interface RetentionReport extends HeldBack {
  /** By class, how many records have come to the end of their contents or of their whole time. */
  readonly classes: readonly {
    readonly name: string
    readonly contents: number
    readonly headers: number
  }[]
  /** Records whose contents go, and the bytes of these. */
  readonly expired: { readonly records: number; readonly bytes: number }
  /** Records that go as a whole, in tiles of 256, and the bytes of their headers and whole contents. */
  readonly pruned: { readonly records: number; readonly tiles: number; readonly bytes: number }
  /** Data keys that nothing is encrypted with any more: they are destroyed, so that older copies cannot be read either. */
  readonly keys: number
  /** Exporters that have not delivered what is due: it waits for them. */
  readonly waiting: readonly WaitingExporter[]
}

/** How long one step holds what others write back, in milliseconds. */
const STEP_MS = 15
/** Records that are taken between two looks at the clock. */
const FEW = 16

/** One run of retention, in steps between which others write. */
export class RetentionRun {
  readonly #database: Database
  readonly #holding: HoldingBack
  readonly #scan: AgingScan
  readonly #use: PartUse
  readonly #policy: string
  readonly #expired = { records: 0, bytes: 0 }
  /** Parts whose bytes stay: those of records that stay, by age or because of a hold. */
  readonly #keptParts = {
    has: (id: number): boolean => this.#use.bytes.has(id) || this.#holding.parts.has(id)
  }
  readonly #pruned = { records: 0, tiles: 0, bytes: 0 }
  #keys = 0

  constructor(database: Database, { retention, digest, now }: PendingRetention) {
    this.#database = database
    this.#policy = digest
    this.#holding = new HoldingBack(database)
    this.#scan = new AgingScan(database, new RetentionDates(retention, now), this.#holding)
    this.#use = new PartUse(database, (index) => this.#scan.fateOf(index))
  }

  /** What it took so far; of a rehearsal, what it would take. */
  get report(): RetentionReport {
    return {
      classes: [...this.#scan.classes].map(([name, counts]) => ({ name, ...counts })),
      expired: this.#expired,
      pruned: this.#pruned,
      keys: this.#keys,
      waiting: this.#scan.waiting,
      ...this.#holding.heldBack
    }
  }

  /** Says what it would take, and changes nothing. */
  *rehearse(): Generator<void> {
    yield* this.#look()
    const counted = new Bits()
    const keptParts = { has: (id: number) => counted.has(id) || this.#keptParts.has(id) }
    for (const indices of this.#expiring()) {
      const records = this.#rows(indices)
      const taken = wouldTakeOut(this.#database, records, { keptParts })
      for (const id of taken.parts) counted.add(id)
      this.#count(records, taken)
      yield
    }
    for (const tile of this.#tiles()) {
      this.#countPruned(wouldPrune(this.#database, tile, (index) => this.#stays(index)))
      yield
    }
    if (this.#expired.records + this.#pruned.records > 0) yield* this.#countKeys()
  }

  /** Takes what is due; each step is a transaction with the record that says so. Throws SQLite's error. */
  *steps(writer: Writer, index: IndexFile): Generator<void> {
    yield* this.#look()
    this.#database.pragma('secure_delete = ON')
    const expiring = this.#expiring(FEW)
    for (let isDone = false; !isDone; ) {
      isDone = this.#transaction(writer, CONTENTS_EXPIRED, () => {
        const { done, value } = expiring.next()
        if (done) return undefined
        const records = this.#holding.free(this.#rows(value))
        this.#count(records, takeOut(this.#database, records, { keptParts: this.#keptParts }))
        return { indices: records.map(({ idx }) => idx), records: records.length }
      })
      yield
    }
    yield* this.#forget(index)
    const tiles = this.#tiles()
    for (let isDone = false; !isDone; ) {
      isDone = this.#transaction(writer, RECORDS_PRUNED, () => {
        const { done, value: tile } = tiles.next()
        if (done) return undefined
        const indices = Array.from({ length: TILE_WIDTH }, (_, at) => tile * TILE_WIDTH + at)
        if (this.#isHeldMeanwhile(indices)) return { indices: [], records: 0 }
        const pruned = pruneTile(this.#database, tile, this.#use, (index) => this.#stays(index))
        this.#countPruned(pruned)
        return { indices, records: pruned.records }
      })
      yield
    }
  }

  /** Destroys the data keys that nothing is encrypted with any more; the next call of their subjects gets a new one. */
  *destroyKeys(): Generator<void> {
    const use = new KeyUse(this.#database)
    while (use.look()) yield
    const destroy = this.#database.transaction(() => {
      while (use.look());
      return destroyUnused(this.#database, use.unused())
    })
    this.#keys += destroy.immediate()
    yield
  }

  *#countKeys(): Generator<void> {
    const use = new KeyUse(this.#database, (table, id) =>
      table === 'parts'
        ? this.#keptParts.has(id)
        : this.#scan.fateOf(Math.floor(id / CONTENTS_PER_RECORD)) === 'stays'
    )
    while (use.look()) yield
    this.#keys = use.unused().length
  }

  /** The index forgets first what goes: what it counts a call by is in the evidence alone. */
  *#forget(index: IndexFile): Generator<void> {
    const hours = new Set<number>()
    for (const tile of this.#tiles()) {
      const range = [tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH] as const
      const going = goingIn(this.#database, tile, (at) => this.#stays(at))
      const goes = (at: number) => going.has(at) || (at >= range[1] && !this.#stays(at))
      for (const hour of index.forget(range, goes)) hours.add(hour)
      yield
    }
    for (const hour of hours) {
      index.recount(hour)
      yield
    }
  }

  *#look(): Generator<void> {
    while (this.#scan.look(performance.now() + STEP_MS)) yield
    while (this.#use.look()) yield
  }

  /** Takes as much as fits into a step, and says so in the log; true when nothing was left. */
  #transaction(
    writer: Writer,
    kind: Aging,
    take: () => { readonly indices: readonly number[]; readonly records: number } | undefined
  ): boolean {
    const step = this.#database.transaction(() => {
      this.#holding.refresh()
      // Records that came since may need what is about to go.
      while (this.#use.look());
      const indices: number[] = []
      let records = 0
      let isDone = false
      const deadline = performance.now() + STEP_MS
      do {
        const taken = take()
        isDone = taken === undefined
        indices.push(...(taken?.indices ?? []))
        records += taken?.records ?? 0
      } while (!isDone && performance.now() < deadline)
      if (indices.length === 0) return isDone
      const ranges = rangesOf(indices)
      noteAged(this.#database, kind, ranges)
      writer.append([rowOf(pendingAging(kind, { records, ranges, policy: this.#policy }))])
      return isDone
    })
    return step.immediate()
  }

  *#expiring(most = TILE_WIDTH): Generator<number[], undefined> {
    for (const [from, to] of this.#scan.expiring.all) {
      for (let at = from; at < to; at += most) {
        yield Array.from({ length: Math.min(most, to - at) }, (_, place) => at + place)
      }
    }
  }

  *#tiles(): Generator<number, undefined> {
    for (const [from, to] of this.#scan.going.all) {
      for (let at = from; at < to; at += TILE_WIDTH) yield at / TILE_WIDTH
    }
  }

  #rows(indices: readonly number[]): ScopedRecord[] {
    const sql = 'SELECT idx, audit_id, header FROM records WHERE idx BETWEEN ? AND ?'
    return this.#database.prepare(sql).all(indices[0], indices.at(-1)) as ScopedRecord[]
  }

  #stays(index: number): boolean {
    return this.#scan.fateOf(index) !== 'goes'
  }

  /** Whether a hold was added since the records were looked at. */
  #isHeldMeanwhile(indices: readonly number[]): boolean {
    const rows = this.#rows(indices)
    return this.#holding.hasGrown && this.#holding.free(rows).length < rows.length
  }

  #count(records: readonly ScopedRecord[], { bytes }: TakenOut): void {
    this.#expired.records += records.length
    this.#expired.bytes += bytes
  }

  #countPruned({ records, bytes }: PrunedTile): void {
    this.#pruned.records += records
    this.#pruned.tiles++
    this.#pruned.bytes += bytes
  }
}
