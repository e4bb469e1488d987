import { checkRecord, type RecordFlaw, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256, type TiledLog } from '@slm-audit/core/node'
import { type AccessOptions, sealedNote, withOwnWordsOnly } from '@slm-audit/core/reader'
import { KnownNodes } from '@slm-audit/core/tlog'
import { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { flawOfCall } from './read/check-call.ts'
import { checkReadable, originOf } from './store/schema.ts'
import { readSealed, sealedOfCalls, sizeOf } from './store/sealed-rows.ts'
import {
  newestCheckpoint,
  readCheckpoints,
  type StoredCheckpoint
} from './store/stored-checkpoints.ts'
import { readTile } from './store/stored-tiles.ts'
import { accessTo } from './upkeep/record-access.ts'

/** A log's sealed records, for copies and exports; nothing is written. */
export interface PostgresLog extends TiledLog, AsyncDisposable {
  /** The log's name. */
  readonly origin: string
  /** Number of records when it was opened. */
  readonly size: number
  /** Records in order, to the size at the call. */
  records(fromIndex?: number): AsyncIterable<SealedRecord>
  /** The records of one call, in order; none for an id that the log does not have. */
  recordsOf(auditId: string): Promise<SealedRecord[]>
  /** The first flaw of a call's records that are about to go out, as `Reader.get` finds it. */
  flawOfCall(records: readonly SealedRecord[]): Promise<RecordFlaw | undefined>
  /** The flaw of one record by itself: its place, its leaf, its contents. */
  flawOf(record: SealedRecord): RecordFlaw | undefined
  /** Signed checkpoints with their cosignatures, ascending. */
  checkpoints(): Promise<readonly StoredCheckpoint[]>
}

/** Options of `openPostgresLog`. */
export interface PostgresLogOptions extends PlaceOptions {
  /** Who reads, and why: docs/guide/access.md. */
  readonly access?: AccessOptions
  /** Whether the caller has recorded already, by a reader for exports, which calls it reads; false unless given. */
  readonly isRecorded?: boolean
  /** Whether only what the log says of itself has its contents, which every reader may be given; false unless given. */
  readonly ownWordsOnly?: boolean
}

/**
 * Opens a log for its sealed records. A log that records who reads it gets a record before the first of them is given.
 * Rejects with AuditError as `openPostgresReader`; records with `denied` where whole contents are not given.
 */
export async function openPostgresLog({
  access: asked,
  isRecorded = false,
  ownWordsOnly = false,
  ...options
}: PostgresLogOptions): Promise<PostgresLog> {
  const connection = await Connection.open(checkPlace(options))
  try {
    await checkReadable(connection)
    const origin = await originOf(connection)
    const size = await sizeOf(connection)
    const { access, record } = await accessTo(options, connection, asked)
    const shown = ownWordsOnly ? withOwnWordsOnly : same
    const known = new KnownNodes()
    let isAdmitted = isRecorded
    const admit = async (records: number, what: string): Promise<void> => {
      if (isAdmitted) return
      const note = sealedNote(access, { records, what }, ownWordsOnly)
      await record?.(note)
      isAdmitted = true
    }
    return {
      origin,
      size,
      async *records(fromIndex = 0) {
        await admit(Math.max(0, size - fromIndex), `records from ${fromIndex} on`)
        for await (const sealed of readSealed(connection, fromIndex)) yield shown(sealed)
      },
      async recordsOf(auditId) {
        const records = await sealedOfCalls(connection, [auditId], 'opened')
        await admit(records.length, auditId)
        return records.map(shown)
      },
      flawOfCall: (records) => flawOfCall(connection, records, known),
      flawOf: (record) => checkRecord(record, record.index, nodeSha256),
      checkpoints: () => readCheckpoints(connection),
      readTile: (tile) => readTile(connection, tile),
      newestCheckpoint: async () => (await newestCheckpoint(connection))?.note,
      [Symbol.asyncDispose]: () => connection.close()
    }
  } catch (error) {
    await connection.close()
    throw error
  }
}

const same = (sealed: SealedRecord): SealedRecord => sealed
