import {
  AuditError,
  checkRecord,
  type RecordFlaw,
  type SealedRecord
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { type AccessOptions, withOwnWordsOnly } from '@slm-audit/core/reader'
import type { ReadTile } from '@slm-audit/core/tlog'
import { admitSealed } from '../access/access-of.ts'
import type { Database } from '../driver/database.ts'
import { flawOfCall } from '../read/flaw-of-call.ts'
import { hasChanged, openForReading } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { readSealed, sealedOfCall } from '../store/sealed-rows.ts'
import { readCheckpoints } from '../store/stored-checkpoints.ts'
import { storedLog } from '../store/stored-log.ts'

/** A log's sealed records, for copies and exports; a handle that cannot write. */
export interface SealedLog extends Disposable {
  /** The log's name. */
  readonly origin: string
  /** Number of records when it was opened. */
  readonly size: number
  /** Records in order, to the size at the call. */
  records(fromIndex?: number): Iterable<SealedRecord>
  /** The records of one call, in order; none for an id that the log does not have. */
  recordsOf(auditId: string): SealedRecord[]
  /** The first flaw of a call's records that are about to go out, as `Reader.get` finds it. */
  flawOfCall(records: readonly SealedRecord[]): RecordFlaw | undefined
  /** The flaw of one record by itself: its place, its leaf, its contents. */
  flawOf(record: SealedRecord): RecordFlaw | undefined
  /** A tile of its tree. */
  readonly readTile: ReadTile
  /** Signed checkpoints with their cosignatures, ascending. */
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>
}

/** Options of `openSealedLog`. */
export interface OpenSealedOptions {
  /** Who reads, and why: docs/guide/access.md. */
  readonly access?: AccessOptions
  /** Whether the caller has recorded already, by a reader for exports, which calls it reads; false unless given. */
  readonly isRecorded?: boolean
  /** Whether only what the log says of itself has its contents, which every reader may be given; false unless given. */
  readonly ownWordsOnly?: boolean
}

/**
 * Opens a database for its sealed records. A log that records who reads it gets a record before the first of them is
 * given. Throws AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`, `denied`.
 */
export function openSealedLog(
  file: string,
  { access, isRecorded = false, ownWordsOnly = false }: OpenSealedOptions = {}
): SealedLog {
  const database = openForReading(file)
  let isAdmitted = isRecorded
  const admit = (records: number, what: string): void => {
    if (!isAdmitted) admitSealed(file, access, { records, what }, !ownWordsOnly)
    isAdmitted = true
  }
  return {
    origin: originOf(database),
    size: storedLog(database).size,
    records: (fromIndex = 0) => {
      admit(Math.max(0, storedLog(database).size - fromIndex), `records from ${fromIndex} on`)
      const records = whileStill(database, readSealed(database, fromIndex))
      return ownWordsOnly ? ownWordsOf(records) : records
    },
    recordsOf: (auditId) => {
      const records = sealedOfCall(database, auditId)
      admit(records.length, auditId)
      return ownWordsOnly ? [...ownWordsOf(records)] : records
    },
    flawOfCall: (records) => flawOfCall(database, records),
    flawOf: (record) => checkRecord(record, record.index, nodeSha256),
    readTile: storedLog(database).readTile,
    checkpoints: () => readCheckpoints(database),
    [Symbol.dispose]: () => {
      database.close()
    }
  }
}

function* ownWordsOf(records: Iterable<SealedRecord>): Generator<SealedRecord> {
  for (const record of records) yield withOwnWordsOnly(record)
}

/** Records that are asked for between two looks at the file. */
const LOOK = 256

/** Throws AuditError `journal_unavailable` when what is read may be of two states of the log. */
function* whileStill<T>(database: Database, records: Iterable<T>): Generator<T> {
  let count = 0
  for (const record of records) {
    if (count++ % LOOK === 0) checkStill(database)
    yield record
  }
  checkStill(database)
}

function checkStill(database: Database): void {
  if (!hasChanged(database)) return
  throw new AuditError(
    'journal_unavailable',
    'an application began to write the log while it was read; read it again'
  )
}
