import {
  type Aging,
  AuditError,
  CONTENTS_EXPIRED,
  type KnownRetention,
  noRetention,
  type PendingRetention,
  POLICY_KINDS,
  parseRecord,
  pendingAging,
  RECORDS_PRUNED,
  type RetentionReport,
  rangesOf,
  retentionIn
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { lockIndex, reindexRecords } from '../index/indexer.ts'
import { OF_AGING } from '../store/aged-records.ts'
import { tellProvider } from '../store/contents/tell-destroyed.ts'
import { type AdministeredLog, OpenedForUpkeep, type Transact } from './administer.ts'
import { countUnused, destroyUnused, keysOf } from './destroy-keys.ts'
import { forgetParts, takeOut } from './erase-stored.ts'
import { activeHolds } from './holds.ts'
import { bytesIn, dropMonth, monthsBefore, recordsIn } from './months.ts'
import { chunksOf, type LostPiece } from './plan-erasure.ts'
import { type GoingRecord, RetentionPlan } from './retention-plan.ts'
import { takeRecords } from './take-records.ts'

/** Records of which one step takes the contents, and tiles of which one takes records. */
const EXPIRED = 250
const PRUNED = 8

/** What the newest policy of a log says of retention; `undefined` where there is none. Rejects with AuditError. */
export async function newestRetention(connection: Connection): Promise<KnownRetention | undefined> {
  const rows = await connection.rows(
    `SELECT header FROM ${connection.schema}.records
      WHERE stage = 'event' AND strpos(header, '"kind":"policy.') > 0 ORDER BY idx DESC`
  )
  const kinds: readonly string[] = POLICY_KINDS
  const newest = rows.find(({ header }) =>
    kinds.includes(parseRecord({ header: String(header) }).kind)
  )
  return newest && retentionIn({ header: String(newest.header) })
}

/** What retention would take out of a log; changes nothing. Rejects with AuditError. */
export async function rehearseRetention(
  connection: Connection,
  pending: PendingRetention
): Promise<RetentionReport> {
  const plan = await RetentionPlan.of(connection, pending)
  const counts = new Counts()
  const seen = new Set<number>()
  const taken: LostPiece[] = []
  for (const chunk of chunksOf(plan.expiring, EXPIRED)) {
    const pieces = await plan.piecesOf(chunk)
    const fresh = pieces.filter(({ part }) => part === undefined || !seen.has(part))
    for (const { part } of fresh) if (part !== undefined) seen.add(part)
    counts.expire(chunk.length, fresh)
    taken.push(...fresh)
  }
  for (const tile of plan.tiles) counts.prune(await plan.goingIn(tile), 1)
  counts.keys = await countUnused(connection, taken)
  return plan.report(counts.all)
}

/** What one step took. */
interface Taken {
  readonly indices: readonly number[]
  readonly records: number
  /** Data keys that nothing may be encrypted with any more. */
  readonly keys?: 'all' | readonly number[]
}

/** A run of retention by the newest policy of a log, for an application that writes it and signs it itself. Rejects as `RetentionRun.steps`. */
export async function* retaining(place: PlaceOptions, now: number): AsyncGenerator<void> {
  await using opened = await OpenedForUpkeep.open(place, {})
  const { connection, transact } = opened
  const known = await newestRetention(connection)
  if (!known) throw noRetention(`the schema ${connection.schema}`)
  yield* new RetentionRun(connection, transact, { ...known, now }).steps()
  await tellProvider(connection)
}

/** One run of retention, in steps between which others write: each is a transaction with the record that says what went. */
export class RetentionRun {
  readonly #connection: Connection
  readonly #transact: Transact
  readonly #pending: PendingRetention
  readonly #counts = new Counts()
  #plan: RetentionPlan | undefined
  /** What of the log the plan goes by, beside its records. */
  #basis = ''

  constructor(connection: Connection, transact: Transact, pending: PendingRetention) {
    this.#connection = connection
    this.#transact = transact
    this.#pending = pending
  }

  /** What it took so far. */
  get report(): RetentionReport {
    const none = { classes: [], waiting: [], held: 0, incidents: [] }
    return this.#plan?.report(this.#counts.all) ?? { ...none, ...this.#counts.all }
  }

  /** Takes what is due. Rejects with AuditError, `denied` where whole records are due and their tables are another user's. */
  async *steps(): AsyncGenerator<void> {
    for (;;) {
      this.#basis = await basisOf(this.#connection)
      this.#plan = await RetentionPlan.of(this.#connection, this.#pending)
      let isAsPlanned = true
      for await (const isDone of this.#take(this.#plan)) {
        isAsPlanned = isDone
        if (!isDone) break
        yield
      }
      // A hold came, or went, or somebody else took something: what is due is looked for again.
      if (isAsPlanned) return
    }
  }

  /** Gives false where a step found other holds, or a run of somebody else, and did nothing. */
  async *#take(plan: RetentionPlan): AsyncGenerator<boolean> {
    const dropped = new Set<number>()
    for (const { month, indices } of await this.#wholeMonths(plan)) {
      yield await this.#step(CONTENTS_EXPIRED, async ({ connection }) => {
        this.#counts.expire(indices.length, [{ bytes: await bytesIn(connection, month) }])
        await dropMonth(connection, month)
        return { indices, records: indices.length, keys: 'all' }
      })
      for (const index of indices) dropped.add(index)
    }
    const expiring = plan.expiring.filter((index) => !dropped.has(index))
    for (const chunk of chunksOf(expiring, EXPIRED)) {
      yield await this.#step(CONTENTS_EXPIRED, async ({ connection }) => {
        const pieces = await plan.piecesOf(chunk)
        await takeOut(connection, pieces)
        await reindexRecords(connection, chunk)
        this.#counts.expire(chunk.length, pieces)
        return { indices: chunk, records: chunk.length, keys: keysOf(pieces) }
      })
    }
    if (plan.tiles.length > 0 && !(await isOwner(this.#connection))) {
      const message = `contents that are due are gone; whole records go for the owner of ${this.#connection.schema} alone: run retention again as that user`
      throw new AuditError('denied', message)
    }
    for (const some of chunksOf(plan.tiles, PRUNED)) {
      yield await this.#step(RECORDS_PRUNED, async ({ connection }) => {
        const going: GoingRecord[] = []
        for (const tile of some) going.push(...(await plan.goingIn(tile)))
        await takeRecords(connection, going)
        this.#counts.prune(going, some.length)
        return { indices: some.flatMap(indicesIn), records: going.length }
      })
    }
  }

  #step(kind: Aging, take: (log: AdministeredLog) => Promise<Taken>): Promise<boolean> {
    return this.#transact(async (log) => {
      const { connection, writer, size } = log
      await lockIndex(connection)
      if ((await basisOf(connection)) !== this.#basis) return false
      const { indices, records, keys = [] } = await take(log)
      this.#counts.keys += await destroyUnused(connection, keys === 'all' ? undefined : keys)
      const note = { records, ranges: rangesOf(indices), policy: this.#pending.digest }
      await writer.appendNow(connection, size, [{ pending: [pendingAging(kind, note)] }])
      await forgetParts(connection)
      this.#basis = await basisOf(connection)
      return true
    })
  }

  /** Months that are over and lose all of their contents, where their tables may be dropped: that gives the space back at once. */
  async #wholeMonths(plan: RetentionPlan) {
    if (plan.expiring.length === 0 || !(await isOwner(this.#connection))) return []
    const expiring = new Set(plan.expiring)
    const whole: { readonly month: string; readonly indices: number[] }[] = []
    for (const month of await monthsBefore(this.#connection, AFTER_ALL)) {
      const indices = await recordsIn(this.#connection, month)
      if (!indices.every((index) => plan.isOver(index))) continue
      whole.push({ month, indices: indices.filter((index) => expiring.has(index)) })
    }
    return whole.filter(({ indices }) => indices.length > 0)
  }
}

/** Later than all months. */
const AFTER_ALL = '9999-01-01'

/** Whether the user of the server may change the tables. */
async function isOwner(connection: Connection): Promise<boolean> {
  const sql = `SELECT pg_has_role(relowner, 'USAGE') AS is_owner FROM pg_class WHERE oid = to_regclass($1)`
  const [row] = await connection.rows(sql, [`${connection.schema}.records`])
  return row?.is_owner === true
}

/** What was taken, in numbers. */
class Counts implements Pick<RetentionReport, 'expired' | 'pruned' | 'keys'> {
  keys = 0
  readonly expired = { records: 0, bytes: 0 }
  readonly pruned = { records: 0, tiles: 0, bytes: 0 }

  get all(): Pick<RetentionReport, 'expired' | 'pruned' | 'keys'> {
    const { keys, expired, pruned } = this
    return { keys, expired, pruned }
  }

  expire(records: number, pieces: readonly Pick<LostPiece, 'bytes'>[]): void {
    this.expired.records += records
    for (const { bytes } of pieces) this.expired.bytes += bytes
  }

  prune(going: readonly { readonly bytes: number }[], tiles: number): void {
    this.pruned.records += going.length
    this.pruned.tiles += tiles
    for (const { bytes } of going) this.pruned.bytes += bytes
  }
}

function indicesIn(tile: number): number[] {
  return Array.from({ length: TILE_WIDTH }, (_, at) => tile * TILE_WIDTH + at)
}

/** The holds in force, and the newest record of what retention took. */
async function basisOf(connection: Connection): Promise<string> {
  const [row] = await connection.rows(
    `SELECT max(idx) AS newest FROM ${connection.schema}.records WHERE ${OF_AGING}`
  )
  return JSON.stringify([await activeHolds(connection), row?.newest ?? null])
}
