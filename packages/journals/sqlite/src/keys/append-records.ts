import { randomUUID } from 'node:crypto'
import type { PendingRecord } from '@slm-audit/core/journal'
import type { Signer } from '@slm-audit/core/tlog'
import { realFile } from '../driver/real-file.ts'
import { openForReading, openForWriting } from '../store/open-database.ts'
import { rowOf, Writer } from '../store/writer.ts'
import { takeWriterLock } from '../store/writer-lock.ts'
import { headSigning } from './head-signing.ts'
import { isSigned } from './unsigned-tail.ts'

/** What signs records that are added without the log's application. */
export interface AppendSigning {
  /** Signs the log behind them; they wait for the application's key unless given. */
  readonly signer?: Signer
  /** The file of that key, where it is in one: the newest head is kept beside it. */
  readonly keyFile?: string
  /** Whether the newest head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean
}

/**
 * Adds records to a log, all in one transaction, also while applications write it. Resolves to the index of
 * the first. Rejects with AuditError `bad_key` for a key that is not the log's, and as opening a log does.
 */
export async function appendRecords(
  file: string,
  records: readonly PendingRecord[],
  { signer, keyFile, stateFolder }: AppendSigning = {}
): Promise<number> {
  // First, so that no log is made where there is none.
  openForReading(file).close()
  const database = openForWriting(file, 'disk', '')
  try {
    const writerId = randomUUID()
    const writer = new Writer(database, writerId)
    const sign = signer && headSigning(database, writer, signer, { keyFile, stateFolder })
    // So that whoever finds records without a signature knows that a process died.
    const lock = database.transaction(() => takeWriterLock(realFile(file), writerId)).immediate()
    try {
      const append = database.transaction(() => {
        const from = writer.size()
        writer.append(records.map((record) => rowOf(record)))
        return from
      })
      const from = append.immediate()
      await sign?.()
      return from
    } finally {
      lock.release(isSigned(database, writer))
    }
  } finally {
    database.close()
  }
}
