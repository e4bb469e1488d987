import {
  KnownParts,
  type PendingRecord,
  parseRecord,
  ScratchBuffer,
  type SealedRecord,
  type Sealer,
  seal
} from '@slm-audit/core/journal'
import { newSaltSource, nodeSha256, type StoredPlace } from '@slm-audit/core/node'
import type { BatchKeys, RecordCipher } from '@slm-audit/core/subjects'
import type { TreeHead } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { channelOf } from '../connection/growth-listener.ts'
import { bytesLiteral, textLiteral } from '../connection/literals.ts'
import { KeysInUse } from './contents/in-use.ts'
import { EvidenceRows, type FiledAs, type IdsOf, KEPT_MONTH } from './evidence-rows.ts'
import { StoredTree } from './growing.ts'
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
  /** Whether contents are encrypted. */
  readonly has_keys: boolean
}

/**
 * How long a writer waits for the lock, and how long it may keep the others waiting without a word: a machine that sleeps, or
 * that the network has lost. Shorter than a connection waits for an answer, so that no session is left behind.
 */
const WAIT_MS = 30_000

/**
 * Appends to a log: one transaction a batch, in which the log's lock is held. Rejects with AuditError;
 * `bad_record` where a record can never be stored.
 */
export class Writer {
  readonly #tree: StoredTree
  readonly #known: KnownParts
  readonly #sealer: Sealer
  readonly #parts = new PartIds()
  readonly #keys: KeysInUse
  readonly #scratch = new ScratchBuffer()
  #rows = new EvidenceRows()
  #last: Omit<State, 'size'> | undefined
  /** Whether the transaction that runs has added records. */
  #hasGrown = false

  constructor(origin: string, tiles: StoredTiles) {
    this.#tree = new StoredTree(tiles)
    this.#keys = new KeysInUse(origin)
    const randomness = { newSalt: newSaltSource(), hash: nodeSha256 }
    this.#known = new KnownParts(randomness)
    this.#sealer = {
      origin,
      ...randomness,
      known: this.#known,
      leavesOutKnown: true,
      allocate: (size) => this.#scratch.take(size)
    }
  }

  /**
   * Stores batches, all or none; those sent again and stored before are skipped. Resolves to the size. Of a log that encrypts its
   * contents `keys` are what they are encrypted with: AuditError `bad_key` without it, and `KeyOutOfUse` where that is gone.
   */
  append(connection: Connection, batches: readonly Batch[], keys?: BatchKeys): Promise<number> {
    return this.exclusive(connection, (size) => this.appendNow(connection, size, batches, keys))
  }

  /** `append` for use inside `exclusive`. */
  async appendNow(
    connection: Connection,
    size: number,
    batches: readonly Batch[],
    keys?: BatchKeys
  ): Promise<number> {
    const { erasures = '', has_keys: hasKeys = false } = this.#last ?? {}
    await this.#keys.begin(connection, keys, { erasures, hasKeys })
    const all = batches.flatMap(({ pending }) => pending)
    const stored = await this.#stored(connection, all)
    this.#rows.begin(this.#month)
    let index = size
    for (const one of all) {
      if (one.retried && stored.has(keyOf(one.record))) continue
      const cipher = this.#keys.cipherOf(one, connection.schema)
      this.#add(seal(one, index, this.#sealerOf(one)), one.record, false, cipher)
      // The rows have copies of its bytes.
      this.#scratch.clear()
      index++
    }
    const places = batches.flatMap(({ place }) => place ?? [])
    await this.#insert(connection, places)
    return index
  }

  /** Stores records that were sealed elsewhere, in the order of their indices, all or none. */
  async copy(
    connection: Connection,
    size: number,
    records: readonly SealedRecord[]
  ): Promise<number> {
    this.#rows.begin(this.#month)
    for (const record of records) this.#add(record, parseRecord(record), true)
    await this.#insert(connection, [])
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
        EXISTS (SELECT 1 FROM ${s}.content_keys) AS has_keys,
        to_char(date_trunc('month', now() AT TIME ZONE 'UTC'), 'YYYY-MM-DD') AS month`
    this.#hasGrown = false
    try {
      const result = await connection.transaction(async ([row]) => {
        const state = row as unknown as State
        await this.#begin(connection, state)
        return await run(state.size)
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

  async #begin(connection: Connection, { size, ...now }: State): Promise<void> {
    const { erasures, month } = now
    const last = this.#last
    if (last?.month !== month) {
      const s = connection.schema
      const sql = `SELECT ${s}.make_partitions($1::date), ${s}.make_partitions($2::date)`
      await connection.run(sql, [month, KEPT_MONTH])
    }
    // A new record must not refer to what is erased, nor to another month, which may be dropped.
    if (last && (last.month !== month || last.erasures !== erasures)) this.#forgetParts()
    this.#last = now
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

  #add(sealed: SealedRecord, filedAs: FiledAs, isCopy: boolean, cipher?: RecordCipher): void {
    this.#parts.begin(sealed.index)
    const idsOf: IdsOf = (parts, addPart) => this.#parts.of(parts, isCopy, addPart)
    this.#rows.add(sealed, filedAs, idsOf, cipher)
    this.#tree.append(sealed.leafHash)
  }

  async #insert(connection: Connection, places: readonly StoredPlace[]): Promise<void> {
    const s = connection.schema
    const behind = [tilesSql(s, this.#tree), placesSql(s, places)].filter(Boolean).join('; ')
    if (behind !== '') await connection.copyIn(this.#rows.tables(s), behind)
    if (!this.#rows.areNone) this.#hasGrown = true
  }

  /** The first day of the month whose contents are stored now, as text. */
  get #month(): string {
    return this.#last?.month ?? ''
  }

  #forget(): void {
    this.#tree.forget()
    this.#forgetParts()
    this.#keys.forget()
    this.#last = undefined
    // Their bytes may still be on their way.
    this.#rows = new EvidenceRows()
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

/** The statement that stores the tiles that have grown; empty where none has. */
function tilesSql(s: string, tree: StoredTree): string {
  const rows = tree
    .grown()
    .map(({ level, n, hashes }) => `(${level}, ${n}, ${bytesLiteral(hashes)})`)
  if (rows.length === 0) return ''
  return `INSERT INTO ${s}.tiles (level, n, hashes) VALUES ${rows.join(', ')}
    ON CONFLICT (level, n) DO UPDATE SET hashes = excluded.hashes`
}

/** The statements that store the places of spools, and forget those of spools that are done; of one that stands twice the last counts. */
function placesSql(s: string, places: readonly StoredPlace[]): string {
  const newest = [...new Map(places.map(({ spool, place }) => [spool, place]))]
  const kept = newest.flatMap(([spool, place]) =>
    place === undefined ? [] : [`(${textLiteral(spool)}, ${textLiteral(place)})`]
  )
  const done = newest.flatMap(([spool, place]) => (place === undefined ? [textLiteral(spool)] : []))
  return [
    kept.length > 0
      ? `INSERT INTO ${s}.spools (id, place) VALUES ${kept.join(', ')} ON CONFLICT (id) DO UPDATE SET place = excluded.place`
      : '',
    done.length > 0 ? `DELETE FROM ${s}.spools WHERE id IN (${done.join(', ')})` : ''
  ]
    .filter(Boolean)
    .join('; ')
}

function keyOf({ auditId, stage }: { readonly auditId: string; readonly stage: string }): string {
  return `${auditId} ${stage}`
}
