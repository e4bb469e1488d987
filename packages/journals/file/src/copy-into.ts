import * as nodeFiles from 'node:fs'
import { AuditError, checkRecord, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { checkFileOptions, type FileOptions } from './file-options.ts'
import { encrypterFor } from './format/age.ts'
import { addCheckpoint, newestCheckpoint } from './format/checkpoint-file.ts'
import { LogFiles } from './journal/log-files.ts'

/** A log to be copied, which its owner has verified. */
export interface CopySource {
  /** The name of the log. */
  readonly origin: string
  /** How many records there are. */
  readonly size: number
  /** The records from an index on, in order. */
  records(fromIndex: number): Iterable<SealedRecord> | AsyncIterable<SealedRecord>
  /** The signed checkpoints, ascending by size. */
  checkpoints(): Checkpoints | Promise<Checkpoints>
}

type Checkpoints = Iterable<{ readonly size: number; readonly note: string }>

const BATCH = 500

/**
 * Copies a log into a directory of files: the same records at the same indices, with the same salts and checkpoints.
 * What is there already is compared and left. Resolves to how many records were new. Rejects with AuditError
 * `bad_option` for a directory of another log, `export_rejected` for other records, `bad_record` for one that is not
 * as it was sealed.
 */
export async function copyIntoFiles(
  options: FileOptions,
  source: CopySource,
  onProgress?: (done: number, of: number) => void
): Promise<number> {
  const settings = checkFileOptions(options)
  const encrypt = await encrypterFor(settings.recipients)
  const log = new LogFiles({ ...settings, origin: source.origin, encrypt })
  try {
    if (log.origin !== source.origin) {
      const message = `${settings.directory} holds the log ${log.origin}, not ${source.origin}; copy into another directory`
      throw new AuditError('bad_option', message)
    }
    const before = log.state.size
    let batch: SealedRecord[] = []
    for await (const sealed of source.records(0)) {
      const flaw = checkRecord(sealed, sealed.index, nodeSha256)
      if (flaw) throw new AuditError('bad_record', `record ${flaw.index}: ${flaw.detail}`)
      batch.push(sealed)
      if (batch.length < BATCH && sealed.index + 1 < source.size) continue
      await log.copy(batch)
      batch = []
      onProgress?.(sealed.index + 1, source.size)
    }
    const signed = newestCheckpoint(settings.directory)?.size ?? 0
    for (const { size, note } of await source.checkpoints()) {
      if (size <= signed || size > source.size) continue
      addCheckpoint(nodeFiles, settings.directory, { size, note })
    }
    return Math.max(0, source.size - before)
  } finally {
    log.close()
  }
}
