import { randomUUID } from 'node:crypto'
import type { AdminSigning } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { openForReading, openForWriting } from '../store/open-database.ts'
import { Writer } from '../store/writer.ts'
import { takeWriterLock } from '../store/writer-lock.ts'
import { headSigning } from './head-signing.ts'
import { isSigned } from './unsigned-tail.ts'

/** A log that is open to be changed by somebody who looks after it. */
export interface AdministeredLog {
  readonly database: Database
  readonly writer: Writer
}

/**
 * Opens a log that is there, lets `run` add to it beside the applications that write it, and signs what it
 * added. Rejects as opening a log does, and with AuditError `bad_key` for a key that is not the log's.
 */
export async function administer<T>(
  file: string,
  { signer, keyFile, stateFolder }: AdminSigning,
  run: (log: AdministeredLog) => T | Promise<T>
): Promise<T> {
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
      const size = writer.size()
      const result = await run({ database, writer })
      if (writer.size() > size) await sign?.()
      return result
    } finally {
      lock.release(isSigned(database, writer))
    }
  } finally {
    database.close()
  }
}
