import {
  AuditError,
  type ErasureNote,
  type HeldBack,
  type HeldRecords,
  parseRecord,
  pendingErasure
} from '@slm-audit/core/journal'
import type { Connection } from './connection/connection.ts'
import type { PlaceOptions } from './connection/connection-options.ts'
import { lockIndex } from './index/indexer.ts'
import { type AdministeredLog, administer } from './upkeep/administer.ts'
import { destroyUnused } from './upkeep/destroy-keys.ts'
import { erasePieces } from './upkeep/erase-stored.ts'
import { dropMonth, monthsBefore, recordsIn } from './upkeep/months.ts'
import { heldRecords, piecesOf } from './upkeep/plan-erasure.ts'

/** Which contents expire, and what the log says of it. */
export interface ExpireOptions {
  /** The first month that stays: `2026-09`. */
  readonly before: string
  /** Who asks for it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/** What has expired. */
export interface ExpireReport {
  /** Months whose contents are gone, by their first days. */
  readonly months: readonly string[]
  /** Contents that are gone. */
  readonly contents: number
  /** What of these months stays because of holds, with the tables that it is in; absent where nothing does. */
  readonly heldBack?: HeldBack
}

/** Commitments that one record names. */
const MOST_NAMED = 10_000
/** Headers that are read at a time. */
const PAGE = 1_000

/**
 * Lets the contents of whole months expire: says in the log which commitments they had, and drops their partitions, in
 * one transaction. Of a month that holds keep records of, the others lose theirs. Headers stay, and all proofs; what is not of a
 * call (erasures, annotations) stays too. For the owner of the schema. Rejects with AuditError.
 */
export async function expireContents(
  options: PlaceOptions,
  { before, by, reason }: ExpireOptions
): Promise<ExpireReport> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) {
    throw new AuditError('bad_option', 'before must be a month, such as 2026-09')
  }
  return await administer(options, {}, async (log) => {
    await lockIndex(log.connection)
    const expiry = new Expiry(log, await heldRecords(log.connection, log.size), {
      ...{ scope: 'age', by, reason }
    })
    for (const month of await monthsBefore(log.connection, `${before}-01`)) await expiry.take(month)
    await destroyUnused(log.connection)
    return expiry.report
  })
}

class Expiry {
  readonly #connection: Connection
  readonly #log: AdministeredLog
  readonly #held: HeldRecords
  readonly #note: ErasureNote
  readonly #months: string[] = []
  readonly #keptBack = new Set<number>()
  #size: number
  #contents = 0

  constructor(log: AdministeredLog, held: HeldRecords, note: ErasureNote) {
    this.#connection = log.connection
    this.#log = log
    this.#held = held
    this.#note = note
    this.#size = log.size
  }

  get report(): ExpireReport {
    const heldBack = this.#held.among(this.#keptBack)
    const { held } = heldBack
    return { months: this.#months, contents: this.#contents, ...(held > 0 && { heldBack }) }
  }

  async take(month: string): Promise<void> {
    const all = await recordsIn(this.#connection, month)
    const held = this.#held.indices
    const kept = all.filter((index) => held.has(index))
    if (kept.length === 0) return await this.#drop(month)
    for (const index of kept) this.#keptBack.add(index)
    const free = all.filter((index) => !held.has(index))
    const pieces = await piecesOf(this.#connection, free, new Set(kept))
    const done = await erasePieces({ ...this.#log, size: this.#size }, pieces, this.#note)
    this.#size = done.size
    this.#contents += pieces.length
  }

  async #drop(month: string): Promise<void> {
    let records: number[] = []
    let commitments: string[] = []
    const say = async () => {
      if (commitments.length === 0) return
      const pending = [pendingErasure(this.#note, { records, commitments })]
      const { writer } = this.#log
      this.#size = await writer.appendNow(this.#connection, this.#size, [{ pending }])
      records = []
      commitments = []
    }
    for await (const { idx, header } of headersOf(this.#connection, month)) {
      const own = Object.values(parseRecord({ header }).log.contents)
      if (own.length === 0) continue
      records.push(idx)
      commitments.push(...own.map(({ commitment }) => commitment))
      this.#contents += own.length
      if (commitments.length >= MOST_NAMED) await say()
    }
    await say()
    await dropMonth(this.#connection, month)
    this.#months.push(month)
  }
}

/** The headers of a month, some at a time: it may have more than fit in memory. */
async function* headersOf(
  connection: Connection,
  month: string
): AsyncGenerator<{ readonly idx: number; readonly header: string }> {
  const sql = `SELECT idx, header FROM ${connection.schema}.records
    WHERE month = $1 AND idx > $2 ORDER BY idx LIMIT ${PAGE}`
  for (let last = -1; ; ) {
    const rows = await connection.rows(sql, [month, last])
    for (const { idx, header } of rows) {
      last = Number(idx)
      yield { idx: last, header: String(header) }
    }
    if (rows.length < PAGE) return
  }
}
