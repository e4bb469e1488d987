import {
  type AgedRanges,
  type AuditRecord,
  CONTENTS_EXPIRED,
  CONTENTS_REDACTED,
  type Due,
  IndexRanges,
  isOwnWord,
  parseRecord,
  RECORDS_PRUNED,
  type RetentionDates,
  type WaitingExporter
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import type { ScopedRecord } from '../erase/erase-scope.ts'
import type { HoldingBack } from '../erase/held-back.ts'
import { agedRanges } from '../store/upkeep/aged-ranges.ts'

/** What of a log is due, found by reading its headers. */
export class AgingScan {
  /** Records of which the contents go. */
  readonly expiring = new IndexRanges()
  /** Records of whole tiles that go. */
  readonly going = new IndexRanges()
  /** Due records by class. */
  readonly classes = new Map<string, { contents: number; headers: number }>()
  /** What waits for exporters. */
  waiting: readonly WaitingExporter[] = []
  readonly #database: Database
  readonly #dates: RetentionDates
  readonly #holding: HoldingBack
  readonly #aged: AgedRanges
  readonly #until: number
  readonly #lastTile: number
  readonly #exporters: readonly WaitingExporter[]
  #tile = 0

  constructor(database: Database, dates: RetentionDates, holding: HoldingBack) {
    this.#database = database
    this.#dates = dates
    this.#holding = holding
    this.#aged = agedRanges(database)
    const size = Number(
      database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
    )
    const exporters = database
      .prepare('SELECT name, next FROM exporters WHERE next < ? ORDER BY name')
      .all(size) as WaitingExporter[]
    this.#until = Math.min(size, ...exporters.map(({ next }) => next))
    this.#exporters = exporters
    // The end of the log stays, so that whoever opens it can check it.
    this.#lastTile = Math.floor((Math.min(this.#until, size) - 1) / TILE_WIDTH)
  }

  /** Reads some more tiles, until a moment of `performance.now()`; false when the rest is too young. */
  look(deadline: number): boolean {
    this.#holding.refresh()
    do {
      if (this.#tile * TILE_WIDTH >= this.#until) {
        // Everything up to where an exporter is has come to its time, or has gone.
        this.waiting = this.#exporters
        return false
      }
      if (!this.#lookAt(this.#tile)) return false
      this.#tile++
    } while (performance.now() < deadline)
    return true
  }

  /** Whether a record loses its contents, as far as was read, or has lost them. */
  isExpired(index: number): boolean {
    return this.expiring.has(index) || this.#aged[CONTENTS_EXPIRED].has(index)
  }

  /** What a later redaction left of a call goes when the call does. */
  #dueOf(record: AuditRecord): Due {
    if (record.kind !== CONTENTS_REDACTED) return this.#dates.of(record)
    const call = this.#database
      .prepare('SELECT header FROM records WHERE audit_id = ? ORDER BY idx DESC LIMIT 1')
      .pluck()
      .get(record.parent ?? '')
    if (typeof call === 'string') return this.#dates.of(parseRecord({ header: call }))
    return { class: CONTENTS_REDACTED, contents: true, headers: true }
  }

  /** False where all of a tile is too young for anything to be due. */
  #lookAt(tile: number): boolean {
    const first = tile * TILE_WIDTH
    const end = Math.min(first + TILE_WIDTH, this.#until)
    const { [CONTENTS_EXPIRED]: expired, [RECORDS_PRUNED]: pruned } = this.#aged
    if (pruned.missingIn([first, end]) === undefined) return true
    const rows = this.#database
      .prepare('SELECT idx, audit_id, header FROM records WHERE idx >= ? AND idx < ?')
      .all(first, end) as ScopedRecord[]
    const found = rows.map((row) => ({ ...row, record: parseRecord(row) }))
    if (found.every(({ record }) => Date.parse(record.at) >= this.#dates.latest)) return false
    const due = found.filter((each) => this.#dueOf(each.record).contents)
    const free = new Set(this.#holding.free(due).map(({ idx }) => idx))
    let isWhole = tile < this.#lastTile
    for (const { idx, record } of found) {
      const { class: name, contents, headers } = this.#dueOf(record)
      if (!isOwnWord(record) && !(headers && free.has(idx))) isWhole = false
      if (name === undefined || !contents || !free.has(idx)) continue
      const counts = this.classes.get(name) ?? { contents: 0, headers: 0 }
      this.classes.set(name, counts)
      if (headers) counts.headers++
      if (expired.has(idx)) continue
      counts.contents++
      this.expiring.add([idx, idx + 1])
    }
    if (isWhole) this.going.add([first, first + TILE_WIDTH])
    return true
  }
}
