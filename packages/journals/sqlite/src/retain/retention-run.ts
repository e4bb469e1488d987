import {
  CONTENTS_EXPIRED,
  type PendingRetention,
  RECORDS_PRUNED,
  type RetentionReport
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { destroyUnused } from '../erase/erase-keys.ts'
import { recordsAt } from '../erase/erase-scope.ts'
import { emptyOut, wouldTakeOut } from '../erase/take-out.ts'
import type { IndexFile } from '../index/index-file.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { isGivenBack } from '../store/upkeep/give-back.ts'
import { batchesOf, inSteps, StepSize } from '../store/upkeep/step-size.ts'
import { whenFree } from '../store/upkeep/when-free.ts'
import type { Writer } from '../store/writer.ts'
import { KeyUse } from './key-use.ts'
import { Bits } from './part-use.ts'
import { type GoingTile, pruneTiles } from './prune-tile.ts'
import { RetentionPlan } from './retention-plan.ts'
import { type FoundDue, takeInSteps } from './take-in-steps.ts'

/** Records whose contents go in one step at most: whoever keeps an index looks at all of them at once. */
const MOST_EXPIRED = 128
/** How many of them one step takes at least, as each leaves a record behind. */
const FEWEST_EXPIRED = 16

/** One run of retention, in steps between which others write. */
export class RetentionRun {
  readonly #database: Database
  readonly #pending: PendingRetention
  readonly #expired = { records: 0, bytes: 0 }
  readonly #pruned = { records: 0, tiles: 0, bytes: 0 }
  #keys = 0
  #plan: RetentionPlan

  constructor(database: Database, pending: PendingRetention) {
    this.#database = database
    this.#pending = pending
    this.#plan = new RetentionPlan(database, pending)
  }

  /** What it took so far; of a rehearsal, what it would take. */
  get report(): RetentionReport {
    return {
      classes: [...this.#plan.scan.classes].map(([name, counts]) => ({ name, ...counts })),
      expired: this.#expired,
      pruned: this.#pruned,
      keys: this.#keys,
      waiting: this.#plan.scan.waiting,
      ...this.#plan.holding.heldBack
    }
  }

  /** Says what it would take, and changes nothing. */
  *rehearse(): Generator<void> {
    const plan = this.#plan
    yield* plan.look()
    const counted = new Bits()
    const keptParts = { has: (id: number) => counted.has(id) || plan.use.bytes.has(id) }
    for (const indices of batchesOf(plan.expiring(), () => MOST_EXPIRED)) {
      const taken = wouldTakeOut(this.#database, recordsAt(this.#database, indices), { keptParts })
      for (const id of taken.parts) counted.add(id)
      this.#countExpired(indices.length, taken.bytes)
      yield
    }
    for (const tile of plan.tiles()) {
      const going = plan.goingTile(tile, keptParts)
      for (const id of going.lostParts) counted.add(id)
      this.#countPruned(going)
      yield
    }
    if (this.#expired.records + this.#pruned.records > 0) yield* this.#countKeys()
  }

  /**
   * Takes what is due; each step is a transaction with the record that says so. Where holds come or go meanwhile, what
   * is due is looked for again. Throws SQLite's error.
   */
  *steps(writer: Writer, index: IndexFile): Generator<void> {
    while (!(yield* this.#take(this.#plan, writer, index))) {
      this.#plan = new RetentionPlan(this.#database, this.#pending)
    }
  }

  /** False where it ended because holds came or went. */
  *#take(plan: RetentionPlan, writer: Writer, index: IndexFile): Generator<void, boolean> {
    yield* plan.look()
    const { holding, use } = plan
    const run = { database: this.#database, writer, holding, use, policy: this.#pending.digest }
    const isExpired = yield* takeInSteps(run, {
      kind: CONTENTS_EXPIRED,
      items: plan.expiring(),
      size: new StepSize(FEWEST_EXPIRED, MOST_EXPIRED),
      find: (indices) => this.#findExpired(plan, indices)
    })
    if (!isExpired) return false
    yield* this.#forget(plan, index)
    return yield* takeInSteps(run, {
      kind: RECORDS_PRUNED,
      items: plan.tiles(),
      size: new StepSize(1),
      find: (tiles) => this.#findPruned(plan, tiles)
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
    const { fateOf, use: parts } = this.#plan
    const use = new KeyUse(this.#database, (table, id) =>
      table === 'parts'
        ? parts.bytes.has(id)
        : fateOf(Math.floor(id / CONTENTS_PER_RECORD)) === 'stays'
    )
    yield* inSteps(() => use.look())
    this.#keys = use.unused().length
  }

  /** The index forgets first what goes: what it counts a call by is in the evidence alone. */
  *#forget(plan: RetentionPlan, index: IndexFile): Generator<void> {
    const size = new StepSize(TILE_WIDTH / 8, TILE_WIDTH)
    for (const tile of plan.tiles()) {
      const end = (tile + 1) * TILE_WIDTH
      for (let from = tile * TILE_WIDTH, to = from; from < end; from = to) {
        if (plan.holding.hasChanged) return
        to = Math.min(from + size.count, end)
        const forget = () => index.forget([from, to], plan.goes)
        const began = performance.now()
        yield* whenFree(forget)
        size.took(performance.now() - began, to - from)
        yield
      }
    }
  }

  #findExpired({ holding, use }: RetentionPlan, indices: readonly number[]): FoundDue {
    const rows = holding.free(recordsAt(this.#database, indices))
    const taken = wouldTakeOut(this.#database, rows, { keptParts: use.bytes })
    return {
      indices: rows.map(({ idx }) => idx),
      records: rows.length,
      take: () => {
        this.#wipeFreed()
        emptyOut(this.#database, taken.found, use.bytes)
      },
      count: () => this.#countExpired(rows.length, taken.bytes)
    }
  }

  #findPruned(plan: RetentionPlan, tiles: readonly number[]): FoundDue {
    const counted = new Set<number>()
    const keptParts = { has: (id: number) => counted.has(id) || plan.use.bytes.has(id) }
    const going = tiles.map((tile) => {
      const found = plan.goingTile(tile, keptParts)
      for (const id of found.lostParts) counted.add(id)
      return found
    })
    return {
      indices: tiles.flatMap(indicesOf),
      records: going.reduce((sum, { indices }) => sum + indices.size, 0),
      take: () => {
        this.#wipeFreed()
        pruneTiles(this.#database, going, plan.use)
      },
      count: () => {
        for (const each of going) this.#countPruned(each)
      }
    }
  }

  /**
   * Pages that are freed go back to the file system before the run is over, and nobody writes them until then; where they
   * stay, they are overwritten. Said in each step: compressing on the same handle may end meanwhile, and puts back what was.
   */
  #wipeFreed(): void {
    if (!isGivenBack(this.#database)) this.#database.pragma('secure_delete = ON')
  }

  #countExpired(records: number, bytes: number): void {
    this.#expired.records += records
    this.#expired.bytes += bytes
  }

  /** What goes as a whole had its contents until now, or had lost them in an earlier run. */
  #countPruned({ indices, headerBytes, contentBytes }: GoingTile): void {
    const { expiring } = this.#plan.scan
    let expired = 0
    for (const index of indices) if (expiring.has(index)) expired++
    this.#countExpired(expired, contentBytes)
    this.#pruned.records += indices.size
    this.#pruned.tiles++
    this.#pruned.bytes += headerBytes
  }
}

/** The indices of the records of a tile. */
function indicesOf(tile: number): number[] {
  return Array.from({ length: TILE_WIDTH }, (_, at) => tile * TILE_WIDTH + at)
}
