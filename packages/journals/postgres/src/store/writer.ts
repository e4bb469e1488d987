import {
  KnownParts,
  type PendingRecord,
  parseRecord,
  type SealedRecord,
  type Sealer,
  seal
} from '@slm-audit/core/journal'
import { newSaltSource, nodeSha256, type StoredPlace } from '@slm-audit/core/node'
import type { TreeHead } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { channelOf } from '../connection/growth-listener.ts'
import type { Element } from './binary-arrays.ts'
import { StoredTree } from './growing.ts'
import { type ColumnType, insertArrays, type TableArrays } from './insert-arrays.ts'
import { PartIds } from './part-ids.ts'
import { lockOf } from './schema.ts'
import type { StoredTiles } from './stored-tiles.ts'

/** What is to be stored together. */
export interface Batch {
  readonly pending: readonly PendingRecord[]
  readonly place?: StoredPlace | undefined
}

/** The state of a log as a transaction finds it. */
interface State {
  readonly size: number
  readonly erasures: string
  readonly month: string
}

/**
 * How long a writer waits for the lock, and how long it may keep the others waiting without a word: a machine that sleeps, or
 * that the network has lost. Shorter than a connection waits for an answer, so that no session is left behind.
 */
const WAIT_MS = 30_000

/** A record, and what its row is found by. */
interface FiledRecord extends SealedRecord {
  readonly filedAs: { readonly auditId: string; readonly stage: string }
}

/** Where the contents of records are that are of no call, as erasures and annotations: they do not expire by month. */
export const KEPT_MONTH = '0001-01-01'

/**
 * Appends to a log: one transaction a batch, in which the log's lock is held. Rejects with AuditError;
 * `bad_record` where a record can never be stored.
 */
export class Writer {
  readonly #tree: StoredTree
  readonly #known: KnownParts
  readonly #sealer: Sealer
  readonly #parts = new PartIds()
  #last: Omit<State, 'size'> | undefined
  /** Whether the transaction that runs has added records. */
  #hasGrown = false

  constructor(origin: string, tiles: StoredTiles) {
    this.#tree = new StoredTree(tiles)
    const randomness = { newSalt: newSaltSource(), hash: nodeSha256 }
    this.#known = new KnownParts(randomness)
    this.#sealer = { origin, ...randomness, known: this.#known, leavesOutKnown: true }
  }

  /** Stores batches, all or none; those sent again and stored before are skipped. Resolves to the size. */
  append(connection: Connection, batches: readonly Batch[]): Promise<number> {
    return this.exclusive(connection, (size) => this.appendNow(connection, size, batches))
  }

  /** `append` for use inside `exclusive`. */
  async appendNow(
    connection: Connection,
    size: number,
    batches: readonly Batch[]
  ): Promise<number> {
    const all = batches.flatMap(({ pending }) => pending)
    const stored = await this.#stored(connection, all)
    const fresh = all.filter((one) => !(one.retried && stored.has(keyOf(one.record))))
    const sealed = fresh.map((one, at) => {
      const { auditId, stage } = one.record
      return { ...seal(one, size + at, this.#sealerOf(one)), filedAs: { auditId, stage } }
    })
    await this.#insert(
      connection,
      sealed,
      false,
      batches.flatMap(({ place }) => place ?? [])
    )
    return size + sealed.length
  }

  /** Stores records that were sealed elsewhere, in the order of their indices, all or none. */
  async copy(
    connection: Connection,
    size: number,
    records: readonly SealedRecord[]
  ): Promise<number> {
    const filed = records.map((record) => ({ ...record, filedAs: parseRecord(record) }))
    await this.#insert(connection, filed, true, [])
    return size + records.length
  }

  /** Runs alone, of all writers of the log, on its newest state, in a transaction. */
  async exclusive<T>(connection: Connection, run: (size: number) => Promise<T>): Promise<T> {
    const s = connection.schema
    const begin = `BEGIN; SET LOCAL lock_timeout = ${WAIT_MS}; SET LOCAL idle_in_transaction_session_timeout = ${WAIT_MS};
      SELECT pg_advisory_xact_lock(${lockOf(s)});
      SELECT set_config('synchronous_commit', 'on', true) WHERE current_setting('synchronous_commit') = 'off';
      SELECT (SELECT coalesce(max(idx) + 1, 0) FROM ${s}.records) AS size,
        (SELECT value FROM ${s}.meta WHERE name = 'erasures') AS erasures,
        to_char(date_trunc('month', now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS month`
    this.#hasGrown = false
    try {
      const result = await connection.transaction(async ([row]) => {
        const { size, erasures, month } = row as unknown as State
        await this.#begin(connection, { size, erasures, month })
        return await run(size)
      }, begin)
      if (this.#hasGrown) tellGrowth(connection)
      return result
    } catch (error) {
      // What a transaction that is undone had added must not be known any more.
      this.#forget()
      throw error
    }
  }

  /** The size and root of what is stored. */
  async head(connection: Connection, size: number): Promise<TreeHead> {
    await this.#tree.resume(connection, size)
    return { size, root: this.#tree.root() }
  }

  /** Nothing is shared between what expires with its month and what does not. */
  #sealerOf({ record }: PendingRecord): Sealer {
    const { known: _, leavesOutKnown: __, ...whole } = this.#sealer
    return record.stage === 'event' ? whole : this.#sealer
  }

  async #begin(connection: Connection, { size, erasures, month }: State): Promise<void> {
    const last = this.#last
    if (last?.month !== month) {
      const s = connection.schema
      const sql = `SELECT ${s}.make_partitions($1::date), ${s}.make_partitions($2::date)`
      await connection.run(sql, [month, KEPT_MONTH])
    }
    // A new record must not refer to what is erased, nor to another month, which may be dropped.
    if (last && (last.month !== month || last.erasures !== erasures)) this.#forgetParts()
    this.#last = { erasures, month }
    await this.#tree.resume(connection, size)
  }

  async #stored(
    connection: Connection,
    pending: readonly PendingRecord[]
  ): Promise<ReadonlySet<string>> {
    const retried = pending.filter((one) => one.retried)
    if (retried.length === 0) return new Set()
    const rows = await connection.rows(
      `SELECT audit_id AS "auditId", stage FROM ${connection.schema}.records
        WHERE (audit_id, stage) IN (SELECT * FROM unnest($1::text[], $2::text[]))`,
      [retried.map(({ record }) => record.auditId), retried.map(({ record }) => record.stage)]
    )
    return new Set(rows.map((row) => keyOf(row as never)))
  }

  async #insert(
    connection: Connection,
    sealed: readonly FiledRecord[],
    isCopy: boolean,
    places: readonly StoredPlace[]
  ): Promise<void> {
    const current = this.#last?.month ?? ''
    const records: Element[][] = []
    const contents: Element[][] = []
    const parts: Element[][] = []
    for (const { index, header, leafHash, contents: own, filedAs } of sealed) {
      const { auditId, stage } = filedAs
      const month = stage === 'event' ? KEPT_MONTH : current
      records.push([index, auditId, stage, month, header])
      this.#parts.begin(index)
      const addPart = ([id = null, ...rest]: Element[]) => parts.push([id, month, ...rest])
      own.forEach(({ name, type, salt, body, parts: list, at }, ordinal) => {
        const ids = list ? this.#parts.of(list, isCopy, addPart) : null
        const stored = list ? null : (body ?? null)
        contents.push([index, ordinal, month, name, type, salt, stored, listOf(ids), at ?? null])
      })
      this.#tree.append(leafHash)
    }
    await insertArrays(connection, [
      ...tablesOf(records, contents, parts, this.#tree),
      ...keptPlaces(places)
    ])
    await this.#forgetPlaces(connection, places)
    if (sealed.length > 0) this.#hasGrown = true
  }

  async #forgetPlaces(connection: Connection, places: readonly StoredPlace[]): Promise<void> {
    const ids = places.filter(({ place }) => place === undefined).map(({ spool }) => spool)
    if (ids.length === 0) return
    await connection.run(`DELETE FROM ${connection.schema}.spools WHERE id = ANY($1)`, [ids])
  }

  #forget(): void {
    this.#tree.forget()
    this.#forgetParts()
    this.#last = undefined
  }

  #forgetParts(): void {
    this.#known.forget()
    this.#parts.forget()
  }
}

/**
 * Wakes who listens. It does so behind the transaction: a notice in it would make all commits of the server wait for each
 * other, and fail where nobody fetches notices any more. Whoever misses one looks again by time.
 */
function tellGrowth(connection: Connection): void {
  connection
    .rows('SELECT pg_notify($1, $2)', [channelOf(connection.schema), ''])
    .catch(() => undefined)
}

const RECORDS: readonly ColumnType[] = [
  { name: 'idx', type: 'bigint' },
  { name: 'audit_id', type: 'text' },
  { name: 'stage', type: 'text' },
  { name: 'month', type: 'text', cast: 'date' },
  { name: 'header', type: 'text' }
]
const PARTS: readonly ColumnType[] = [
  { name: 'id', type: 'bigint' },
  { name: 'month', type: 'text', cast: 'date' },
  { name: 'salt', type: 'bytea' },
  { name: 'body', type: 'bytea' }
]
const CONTENTS: readonly ColumnType[] = [
  { name: 'idx', type: 'bigint' },
  { name: 'ordinal', type: 'bigint' },
  { name: 'month', type: 'text', cast: 'date' },
  { name: 'name', type: 'text' },
  { name: 'type', type: 'text' },
  { name: 'salt', type: 'bytea' },
  { name: 'body', type: 'bytea' },
  { name: 'parts', type: 'text', cast: 'bigint[]' },
  { name: 'at', type: 'bigint' }
]
const TILES: readonly ColumnType[] = [
  { name: 'level', type: 'bigint' },
  { name: 'n', type: 'bigint' },
  { name: 'hashes', type: 'bytea' }
]
const SPOOLS: readonly ColumnType[] = [
  { name: 'id', type: 'text' },
  { name: 'place', type: 'text' }
]

function tablesOf(
  records: readonly Element[][],
  contents: readonly Element[][],
  parts: readonly Element[][],
  tree: StoredTree
): TableArrays[] {
  const tiles = tree.grown().map(({ level, n, hashes }) => [level, n, hashes])
  return [
    { table: 'records', columns: RECORDS, rows: records },
    { table: 'parts', columns: PARTS, rows: parts },
    { table: 'contents', columns: CONTENTS, rows: contents },
    {
      table: 'tiles',
      columns: TILES,
      rows: tiles,
      onConflict: 'ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes'
    }
  ]
}

/** Of a spool that stands twice the last place counts. */
function keptPlaces(places: readonly StoredPlace[]): TableArrays[] {
  const newest = new Map(places.map(({ spool, place }) => [spool, place]))
  const rows = [...newest].flatMap(([spool, place]) =>
    place === undefined ? [] : [[spool, place]]
  )
  const onConflict = 'ON CONFLICT (id) DO UPDATE SET place = excluded.place'
  return [{ table: 'spools', columns: SPOOLS, rows, onConflict }]
}

/** Ids as the server reads an array. */
function listOf(ids: readonly number[] | null): string | null {
  return ids && `{${ids.join(',')}}`
}

function keyOf({ auditId, stage }: { readonly auditId: string; readonly stage: string }): string {
  return `${auditId} ${stage}`
}
