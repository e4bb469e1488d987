import {
  type AgedRanges,
  type AuditRecord,
  CONTENTS_EXPIRED,
  CONTENTS_REDACTED,
  type Due,
  type HeldBack,
  IndexRanges,
  isOwnWord,
  type PendingRetention,
  parseRecord,
  RECORDS_PRUNED,
  RetentionDates,
  type RetentionReport,
  type WaitingExporter
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { agedRanges } from '../store/aged-records.ts'
import { sizeOf } from '../store/sealed-rows.ts'
import { heldRecords, type LostPiece, piecesOf, recordsUsing } from './plan-erasure.ts'

/** Tiles whose headers one statement asks for. */
const TILES = 20

/** A record of a tile that goes. */
export interface GoingRecord {
  readonly index: number
  readonly auditId: string
  /** Bytes of its header. */
  readonly bytes: number
}

interface Read {
  readonly index: number
  readonly record: AuditRecord
  readonly bytes: number
}

/** What retention takes out of a log, as the log was when its headers were read. */
export class RetentionPlan {
  /** Records of which the contents go, ascending. */
  readonly expiring: number[] = []
  /** Tiles of which records go. */
  readonly tiles: number[] = []
  readonly classes = new Map<string, { contents: number; headers: number }>()
  waiting: readonly WaitingExporter[] = []
  heldBack: HeldBack = { held: 0, incidents: [] }
  /** Records whose contents are gone afterwards. */
  readonly #over = new IndexRanges()
  readonly #going = new IndexRanges()
  readonly #connection: Connection
  readonly #dates: RetentionDates
  readonly #due = new Set<number>()
  #aged: AgedRanges | undefined
  #held: ReadonlySet<number> = new Set()
  #lastTile = 0

  private constructor(
    connection: Connection,
    { retention, now }: Omit<PendingRetention, 'digest'>
  ) {
    this.#connection = connection
    this.#dates = new RetentionDates(retention, now)
  }

  /** What retention of another log has taken, as its records say that are in this copy: nothing else is due. Rejects with AuditError. */
  static async followed(connection: Connection): Promise<RetentionPlan> {
    const plan = new RetentionPlan(connection, { retention: { classes: {} }, now: 0 })
    await plan.#noteAged()
    for (const range of plan.#aged?.[RECORDS_PRUNED].all ?? []) plan.#going.add(range)
    return plan
  }

  /** Reads the headers of a log to where everything is too young. Rejects with AuditError. */
  static async of(connection: Connection, pending: PendingRetention): Promise<RetentionPlan> {
    const plan = new RetentionPlan(connection, pending)
    const size = await sizeOf(connection)
    const held = await heldRecords(connection, size)
    plan.#held = held.indices
    await plan.#noteAged()
    const exporters = await exportersBehind(connection, size)
    const until = Math.min(size, ...exporters.map(({ next }) => next))
    // The end of the log stays, so that whoever opens it can check it.
    plan.#lastTile = Math.floor((until - 1) / TILE_WIDTH)
    if (await plan.#scan(until)) plan.waiting = exporters
    plan.heldBack = held.among(plan.#due)
    return plan
  }

  /** What it takes: with what of it was counted. */
  report(counted: Pick<RetentionReport, 'expired' | 'pruned' | 'keys'>): RetentionReport {
    return {
      classes: [...this.classes].map(([name, counts]) => ({ name, ...counts })),
      ...counted,
      waiting: this.waiting,
      ...this.heldBack
    }
  }

  /** Whether the contents of a record are gone afterwards. */
  isOver(index: number): boolean {
    return this.#over.has(index)
  }

  /** What is there of records that expire, but for parts that a record needs which does not. */
  async piecesOf(indices: readonly number[]): Promise<LostPiece[]> {
    const pieces = await piecesOf(this.#connection, indices, new Set())
    const parts = pieces.flatMap(({ part }) => part ?? [])
    const using = await recordsUsing(this.#connection, parts)
    const needed = using.filter(({ index }) => !this.#over.has(index))
    const kept = new Set(needed.map(({ part }) => part))
    return pieces.filter(({ part }) => part === undefined || !kept.has(part))
  }

  /** The records of a tile that go: what the log says of itself stays, and so does a call of which the beginning stays, or that has not ended. */
  async goingIn(tile: number): Promise<GoingRecord[]> {
    const found = await this.#read(tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH)
    const ids = found.flatMap(({ record: { auditId, parent } }) => [auditId, parent ?? auditId])
    const rows = await this.#connection.rows(
      `SELECT idx, audit_id, stage FROM ${this.#connection.schema}.records WHERE audit_id = ANY($1)`,
      [[...new Set(ids)]]
    )
    const calls = Map.groupBy(rows, ({ audit_id: auditId }) => String(auditId))
    const stays = ({ idx }: { readonly idx?: unknown }) => !this.#going.has(Number(idx))
    const isOpen = (auditId: string) =>
      (calls.get(auditId) ?? []).some(({ stage }) => stage === 'received') &&
      !(calls.get(auditId) ?? []).some(({ stage }) => stage !== 'received' && stage !== 'event')
    const going = found.filter(({ record }) => {
      const { auditId, parent = '', stage } = record
      if (isOwnWord(record)) return false
      // What is said of a call goes with it, or after it.
      if (stage === 'event') return !isOpen(parent) && !(calls.get(parent) ?? []).some(stays)
      if (isOpen(auditId)) return false
      return !(calls.get(auditId) ?? []).some((row) => row.stage === 'received' && stays(row))
    })
    return going.map(({ index, record, bytes }) => ({ index, auditId: record.auditId, bytes }))
  }

  async #noteAged(): Promise<void> {
    const aged = await agedRanges(this.#connection)
    this.#aged = aged
    for (const range of [...aged[CONTENTS_EXPIRED].all, ...aged[RECORDS_PRUNED].all]) {
      this.#over.add(range)
    }
  }

  /** True where all of the log up to an index has come to its time, or has gone. */
  async #scan(until: number): Promise<boolean> {
    const step = TILES * TILE_WIDTH
    for (let from = 0; from < until; from += step) {
      const found = await this.#read(from, Math.min(from + step, until))
      const tiles = Map.groupBy(found, ({ index }) => Math.floor(index / TILE_WIDTH))
      for (const [tile, some] of tiles) if (!(await this.#look(tile, some))) return false
    }
    return true
  }

  async #read(from: number, to: number): Promise<Read[]> {
    const sql = `SELECT idx, header FROM ${this.#connection.schema}.records
      WHERE idx >= $1 AND idx < $2 ORDER BY idx`
    const rows = await this.#connection.rows(sql, [from, to])
    return rows.map(({ idx, header: stored }) => {
      const header = String(stored)
      return { index: Number(idx), record: parseRecord({ header }), bytes: header.length }
    })
  }

  /** False where all of a tile is too young for anything to be due. */
  async #look(tile: number, some: readonly Read[]): Promise<boolean> {
    const range = [tile * TILE_WIDTH, (tile + 1) * TILE_WIDTH] as const
    if (this.#aged?.[RECORDS_PRUNED].missingIn(range) === undefined) return true
    if (some.every(({ record }) => Date.parse(record.at) >= this.#dates.latest)) return false
    let isWhole = tile < this.#lastTile
    for (const { index, record } of some) {
      const { class: name, contents, headers } = await this.#dueOf(record)
      if (contents) this.#due.add(index)
      const isFree = !this.#held.has(index)
      if (!isOwnWord(record) && !(headers && isFree)) isWhole = false
      if (name === undefined || !contents || !isFree) continue
      const counts = this.classes.get(name) ?? { contents: 0, headers: 0 }
      this.classes.set(name, counts)
      if (headers) counts.headers++
      if (this.#aged?.[CONTENTS_EXPIRED].has(index)) continue
      counts.contents++
      this.expiring.push(index)
      this.#over.add([index, index + 1])
    }
    if (!isWhole) return true
    this.tiles.push(tile)
    this.#going.add(range)
    return true
  }

  /** What a later redaction left of a call goes when the call does. */
  async #dueOf(record: AuditRecord): Promise<Due> {
    if (record.kind !== CONTENTS_REDACTED) return this.#dates.of(record)
    const sql = `SELECT header FROM ${this.#connection.schema}.records
      WHERE audit_id = $1 ORDER BY idx DESC LIMIT 1`
    const [call] = await this.#connection.rows(sql, [record.parent ?? ''])
    if (call) return this.#dates.of(parseRecord({ header: String(call.header) }))
    return { class: CONTENTS_REDACTED, contents: true, headers: true }
  }
}

async function exportersBehind(connection: Connection, size: number): Promise<WaitingExporter[]> {
  const rows = await connection.rows(
    `SELECT name, next FROM ${connection.schema}.exporters
      WHERE state IS NOT NULL AND next < $1 ORDER BY name`,
    [size]
  )
  return rows.map(({ name, next }) => ({ name: String(name), next: Number(next) }))
}
