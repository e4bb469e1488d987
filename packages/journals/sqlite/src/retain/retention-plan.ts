import { type PendingRetention, RetentionDates } from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { HoldingBack } from '../erase/held-back.ts'
import type { KeptParts } from '../erase/take-out.ts'
import { indicesIn } from '../index/evidence-pages.ts'
import { inSteps, STEP_MS } from '../store/upkeep/step-size.ts'
import { AgingScan } from './aging-scan.ts'
import { type Fate, PartUse } from './part-use.ts'
import { type GoingTile, goingTile, leftBehind } from './prune-tile.ts'

/** What of a log is due, by one state of its holds. */
export class RetentionPlan {
  readonly holding: HoldingBack
  readonly scan: AgingScan
  /** What of contents is needed by the records that are left. */
  readonly use: PartUse
  readonly #database: Database
  /** Records that stay, of tiles that go. */
  readonly #left = new Set<number>()

  constructor(database: Database, { retention, now }: PendingRetention) {
    this.#database = database
    this.holding = new HoldingBack(database)
    this.scan = new AgingScan(database, new RetentionDates(retention, now), this.holding)
    this.use = new PartUse(database, this.fateOf)
  }

  /** Reads what is due, and what of it others need; best before anything else is asked. */
  *look(): Generator<void> {
    while (this.scan.look(performance.now() + STEP_MS)) yield
    const tiles = this.tiles()
    yield* inSteps(() => {
      const { value: tile } = tiles.next()
      if (tile === undefined) return false
      for (const index of leftBehind(this.#database, tile, this.goes)) this.#left.add(index)
      return true
    })
    yield* inSteps(() => this.use.look())
  }

  /** Records that lose their contents, and are not taken as a whole. */
  *expiring(): Generator<number, undefined> {
    for (const index of indicesIn(this.scan.expiring.all)) if (!this.goes(index)) yield index
  }

  /** The tiles that go. */
  *tiles(): Generator<number, undefined> {
    for (const [from, to] of this.scan.going.all) {
      for (let at = from; at < to; at += TILE_WIDTH) yield at / TILE_WIDTH
    }
  }

  /** What goes with a tile; the bytes of parts stay that `keptParts` says, those that somebody needs unless given. */
  goingTile(tile: number, keptParts: KeptParts = this.use.bytes): GoingTile {
    return goingTile(this.#database, tile, { use: this.use, goes: this.goes, keptParts })
  }

  /** Whether a record is taken as a whole. */
  readonly goes = (index: number): boolean => this.scan.going.has(index) && !this.#left.has(index)

  /** What becomes of a record, as far as was read. */
  readonly fateOf = (index: number): Fate => {
    if (this.goes(index)) return 'goes'
    return this.scan.isExpired(index) ? 'expires' : 'stays'
  }
}
