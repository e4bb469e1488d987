import { checkRecord, type RecordFlaw, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256, type TiledLog } from '@slm-audit/core/node'
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

/** Opens a log for its sealed records. Rejects with AuditError as `openPostgresReader`. */
export async function openPostgresLog(options: PlaceOptions): Promise<PostgresLog> {
  const connection = await Connection.open(checkPlace(options))
  try {
    await checkReadable(connection)
    const origin = await originOf(connection)
    const size = await sizeOf(connection)
    return {
      origin,
      size,
      records: (fromIndex = 0) => readSealed(connection, fromIndex),
      recordsOf: (auditId) => sealedOfCalls(connection, [auditId]),
      flawOfCall: (records) => flawOfCall(connection, records),
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
