import {
  CONTENTS_EXPIRED,
  type PendingRetention,
  RECORDS_PRUNED,
  RetentionDates,
  type RetentionReport
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { destroyUnused } from '../erase/erase-keys.ts'
import { recordsAt, type ScopedRecord } from '../erase/erase-scope.ts'
import { HoldingBack } from '../erase/held-back.ts'
import { emptyOut, type TakenOut, wouldTakeOut } from '../erase/take-out.ts'
import { indicesIn } from '../index/evidence-pages.ts'
import type { IndexFile } from '../index/index-file.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { inSteps, STEP_MS, StepSize } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'
import type { Writer } from '../store/writer.ts'
import { AgingScan } from './aging-scan.ts'
import { KeyUse } from './key-use.ts'
import { Bits, type Fate, PartUse } from './part-use.ts'
import { goingIn, goingTile, type PrunedTile, pruneTiles, wouldPrune } from './prune-tile.ts'
import { batchesOf, type FoundDue, takeInSteps } from './take-in-steps.ts'

/** Records whose contents go in one step at most: whoever keeps an index looks at all of them at once. */
const MOST_EXPIRED = 128
/** How many of them one step takes at least, as each leaves a record behind. */
const FEWEST_EXPIRED = 16

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
    has: (id: number): boolean =>
      this.#use.bytes.has(id) || (this.#holding.hasChanged && this.#holding.parts.has(id))
  }
  readonly #pruned = { records: 0, tiles: 0, bytes: 0 }
  #keys = 0
  #keptForgotten = false

  constructor(database: Database, { retention, digest, now }: PendingRetention) {
    this.#database = database
    this.#policy = digest
    this.#holding = new HoldingBack(database)
    this.#scan = new AgingScan(database, new RetentionDates(retention, now), this.#holding)
    this.#use = new PartUse(database, (index) => this.#fateOf(index))
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

  /** Whether a hold came in time to keep a tile, and too late for the index, which had forgotten its calls. */
  get keptForgotten(): boolean {
    return this.#keptForgotten
  }

  /** Says what it would take, and changes nothing. */
  *rehearse(): Generator<void> {
    yield* this.#look()
    const counted = new Bits()
    const keptParts = { has: (id: number) => counted.has(id) || this.#keptParts.has(id) }
    for (const indices of batchesOf(this.#expiring(), () => MOST_EXPIRED)) {
      const records = recordsAt(this.#database, indices)
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
    const [database, holding, use] = [this.#database, this.#holding, this.#use]
    const run = { database, writer, holding, use, policy: this.#policy }
    database.pragma('secure_delete = ON')
    yield* takeInSteps(run, {
      kind: CONTENTS_EXPIRED,
      items: this.#expiring(),
      size: new StepSize(FEWEST_EXPIRED, MOST_EXPIRED),
      find: (indices) => this.#findExpired(indices)
    })
    yield* this.#forget(index)
    yield* takeInSteps(run, {
      kind: RECORDS_PRUNED,
      items: this.#tiles(),
      size: new StepSize(1),
      find: (tiles) => this.#findPruned(tiles)
    })
  }

  /** Destroys the data keys that nothing is encrypted with any more; the next call of their subjects gets a new one. */
  *destroyKeys(): Generator<void> {
    const use = new KeyUse(this.#database)
    yield* inSteps(() => use.look())
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
    yield* inSteps(() => use.look())
    this.#keys = use.unused().length
  }

  /** The index forgets first what goes: what it counts a call by is in the evidence alone. */
  *#forget(index: IndexFile): Generator<void> {
    const hours = new Set<number>()
    const size = new StepSize(TILE_WIDTH / 8, TILE_WIDTH)
    for (const tile of this.#tiles()) {
      const end = (tile + 1) * TILE_WIDTH
      const going = goingIn(this.#database, tile, (at) => this.#stays(at))
      const goes = (at: number) => going.has(at) || (at >= end && !this.#stays(at))
      for (let from = tile * TILE_WIDTH, to = from; from < end; from = to) {
        to = Math.min(from + size.count, end)
        const forget = () => index.forget([from, to], goes)
        const began = performance.now()
        for (const hour of yield* whenFree(forget)) hours.add(hour)
        size.took(performance.now() - began, to - from)
        yield
      }
    }
    const some = new StepSize(1)
    for (const each of batchesOf(hours.values(), () => some.count)) {
      const began = performance.now()
      yield* whenFree(() => index.recount(each))
      some.took(performance.now() - began, each.length)
      yield
    }
  }

  *#look(): Generator<void> {
    while (this.#scan.look(performance.now() + STEP_MS)) yield
    yield* inSteps(() => this.#use.look())
  }

  #findExpired(indices: readonly number[]): FoundDue {
    const keptParts = this.#keptParts
    const rows = this.#holding.free(recordsAt(this.#database, indices))
    const taken = wouldTakeOut(this.#database, rows, { keptParts })
    return {
      indices: rows.map(({ idx }) => idx),
      records: rows.length,
      take: () => emptyOut(this.#database, taken.found, keptParts),
      count: () => this.#count(rows, taken)
    }
  }

  #findPruned(tiles: readonly number[]): FoundDue {
    const choice = { use: this.#use, stays: (index: number) => this.#stays(index) }
    const free = tiles.filter((tile) => !this.#isHeldSince(tile))
    this.#keptForgotten ||= free.length < tiles.length
    const going = free.map((tile) => goingTile(this.#database, tile, choice))
    return {
      indices: free.flatMap(indicesOf),
      records: going.reduce((sum, { records }) => sum + records, 0),
      take: () => pruneTiles(this.#database, going, this.#use),
      count: () => {
        for (const each of going) this.#countPruned(each)
      }
    }
  }

  *#expiring(): Generator<number, undefined> {
    for (const range of this.#scan.expiring.all) yield* indicesIn([range])
  }

  *#tiles(): Generator<number, undefined> {
    for (const [from, to] of this.#scan.going.all) {
      for (let at = from; at < to; at += TILE_WIDTH) yield at / TILE_WIDTH
    }
  }

  #stays(index: number): boolean {
    return this.#scan.fateOf(index) !== 'goes'
  }

  /** What becomes of a record, but for holds that came since it was looked at. */
  #fateOf(index: number): Fate {
    const fate = this.#scan.fateOf(index)
    return fate === 'expires' && this.#holding.keeps(index) ? 'stays' : fate
  }

  /** Whether a hold that came since they were looked at keeps some records of a tile. */
  #isHeldSince(tile: number): boolean {
    if (!this.#holding.hasChanged) return false
    const rows = recordsAt(this.#database, indicesOf(tile))
    return this.#holding.free(rows).length < rows.length
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

/** The indices of the records of a tile. */
function indicesOf(tile: number): number[] {
  return Array.from({ length: TILE_WIDTH }, (_, at) => tile * TILE_WIDTH + at)
}
