import {
  AuditError,
  type AuditRecord,
  CONTENTS_EXPIRED,
  CONTENTS_REDACTED,
  type Due,
  type HeldBack,
  HeldRecords,
  IndexRanges,
  isOwnWord,
  type PendingRetention,
  parseRecord,
  piecesOf,
  RetentionDates,
  type RetentionReport,
  type StoredRecord,
  type WaitingExporter
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import { readDirectory } from '../journal/read-directory.ts'
import { eventsFrom } from './events.ts'
import { waitingExporters } from './exporters-behind.ts'
import { GoingTiles } from './going-tiles.ts'
import { activeHolds } from './holds.ts'

/** Which log is looked at, and by what. */
export interface RetentionAsk {
  readonly directory: string
  readonly decrypt: Cipher
  readonly pending: PendingRetention
  /** How many records the log has: its end stays. */
  readonly size: number
  /** Asked between records: what has not been found then is left. */
  readonly isStopped?: (() => boolean) | undefined
}

/** What decides about a record. */
type Dated = Pick<AuditRecord, 'at' | 'kind' | 'stage' | 'policy'>

/** A record with its header parsed. */
interface Read {
  readonly sealed: StoredRecord
  readonly record: AuditRecord
}

/** What retention takes out of a log in files, as the log was when it was read. */
export class RetentionPlan {
  /** Records of which the contents go. */
  readonly expiring = new IndexRanges()
  /** The tiles that go, but for some of their records. */
  readonly tiles: GoingTiles
  readonly #ask: RetentionAsk
  readonly #dates: RetentionDates
  readonly #classes = new Map<string, { contents: number; headers: number }>()
  readonly #expired = { records: 0, bytes: 0 }
  readonly #due = new Set<number>()
  /** The newest record that is left of each call that was redacted later. */
  readonly #redacted = new Map<string, Dated | undefined>()
  readonly #exporters: readonly WaitingExporter[]
  readonly #until: number
  #waiting: readonly WaitingExporter[] = []
  #heldIndices: ReadonlySet<number> = new Set()
  #heldBack: HeldBack = { held: 0, incidents: [] }

  private constructor(ask: RetentionAsk) {
    const { directory, pending, size } = ask
    this.#ask = ask
    this.#dates = new RetentionDates(pending.retention, pending.now)
    this.#exporters = waitingExporters(directory, size)
    this.#until = Math.min(size, ...this.#exporters.map(({ next }) => next))
    this.tiles = new GoingTiles(() => this.#records())
  }

  /**
   * Reads a log from its beginning to where everything is too young. Rejects as reading it does, and with AuditError
   * `journal_unavailable` where it is stopped.
   */
  static async of(ask: RetentionAsk): Promise<RetentionPlan> {
    const plan = new RetentionPlan(ask)
    const held = await plan.#findHeld()
    await plan.#findRedacted()
    await plan.#scan()
    await plan.tiles.settle()
    if (held) plan.#heldBack = held.among(plan.#due)
    return plan
  }

  /** What it takes. */
  get report(): RetentionReport {
    return {
      classes: [...this.#classes].map(([name, counts]) => ({ name, ...counts })),
      expired: this.#expired,
      pruned: this.tiles.counts,
      // What is left must be read for these (`KeyUse`).
      keys: 0,
      waiting: this.#waiting,
      ...this.#heldBack
    }
  }

  /** The index behind the last record that it changes; 0 where there is none. */
  get end(): number {
    return Math.max(this.expiring.all.at(-1)?.[1] ?? 0, this.tiles.lastGoing + 1)
  }

  /** Whether a record is another one afterwards. */
  isConcerned(index: number): boolean {
    return this.expiring.has(index) || this.tiles.goes(index)
  }

  /** Whether one of the records from an index on, up to before another, is another one afterwards. */
  concerns(from: number, to: number): boolean {
    const isExpiring = this.expiring.all.some(([first, end]) => first < to && end > from)
    return isExpiring || this.tiles.goesIn(from, to)
  }

  async #findHeld(): Promise<HeldRecords | undefined> {
    const { directory, decrypt } = this.#ask
    const holds = await activeHolds(directory, decrypt)
    if (holds.length === 0) return undefined
    const held = new HeldRecords(holds)
    for await (const sealed of this.#records()) {
      held.add(sealed.index, parseRecord(sealed))
    }
    this.#heldIndices = held.indices
    return held
  }

  async #findRedacted(): Promise<void> {
    const { directory, decrypt } = this.#ask
    for await (const sealed of eventsFrom(directory, decrypt, CONTENTS_REDACTED)) {
      this.#redacted.set(parseRecord(sealed).parent ?? '', undefined)
    }
  }

  async *#records(): AsyncGenerator<StoredRecord> {
    const { directory, decrypt, isStopped } = this.#ask
    for await (const sealed of readDirectory(directory, decrypt)) {
      if (isStopped?.()) {
        const message = `retention of ${directory} was stopped; it goes on when the log is opened again`
        throw new AuditError('journal_unavailable', message)
      }
      yield sealed
    }
  }

  async #scan(): Promise<void> {
    let tile = 0
    let some: Read[] = []
    for await (const sealed of this.#records()) {
      const next = Math.floor(sealed.index / TILE_WIDTH)
      if (sealed.index >= this.#until) break
      if (next > tile) {
        if (!this.#look(tile, some)) return
        some = []
        tile = next
      }
      const record = parseRecord(sealed)
      const { auditId, at, kind, stage, policy } = record
      if (stage !== 'event' && this.#redacted.has(auditId)) {
        this.#redacted.set(auditId, { at, kind, stage, ...(policy && { policy }) })
      }
      some.push({ sealed, record })
    }
    // Everything up to where an exporter is has come to its time, or has gone.
    if (this.#look(tile, some)) this.#waiting = this.#exporters
  }

  /** False where all of a tile is too young for anything to be due. */
  #look(tile: number, some: readonly Read[]): boolean {
    if (some.length === 0) return true
    if (some.every(({ record }) => Date.parse(record.at) >= this.#dates.latest)) return false
    // The end of the log stays, so that whoever opens it can check it.
    let isWhole = tile < Math.floor((this.#until - 1) / TILE_WIDTH)
    for (const { sealed, record } of some) {
      const { class: name, contents, headers } = this.#dueOf(record)
      if (contents) this.#due.add(sealed.index)
      const isFree = !this.#heldIndices.has(sealed.index)
      if (!isOwnWord(record) && !(headers && isFree)) isWhole = false
      if (name === undefined || !contents || !isFree) continue
      const counts = this.#classes.get(name) ?? { contents: 0, headers: 0 }
      this.#classes.set(name, counts)
      if (headers) counts.headers++
      if (sealed.aged === CONTENTS_EXPIRED) continue
      counts.contents++
      this.#expire(sealed)
    }
    if (isWhole) this.tiles.add([tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH])
    return true
  }

  #expire(sealed: StoredRecord): void {
    this.expiring.add([sealed.index, sealed.index + 1])
    this.#expired.records++
    for (const { bytes } of piecesOf(sealed, nodeSha256)) this.#expired.bytes += bytes
  }

  /** What a later redaction left of a call goes when the call does. */
  #dueOf(record: AuditRecord): Due {
    if (record.kind !== CONTENTS_REDACTED) return this.#dates.of(record)
    const call = this.#redacted.get(record.parent ?? '')
    return call ? this.#dates.of(call) : { class: CONTENTS_REDACTED, contents: true, headers: true }
  }
}
