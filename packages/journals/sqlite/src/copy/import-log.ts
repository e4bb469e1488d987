import { existsSync } from 'node:fs'
import { AuditError, isAbsent, type SealedRecord } from '@slm-audit/core/journal'
import { type CopiedCheckpoint, type CopySource, copySealed } from '@slm-audit/core/node'
import { checkHeaders, type Gap } from './check-headers.ts'
import { Copy } from './copy.ts'

/** What an import did. */
export interface ImportReport {
  /** The name of the log. */
  readonly origin: string
  /** Records of the log, and how many of them were not in the database before. */
  readonly size: number
  /** How many records were new here. */
  readonly added: number
}

/**
 * Copies a log into a database: the same records at the same indices, with the same leaf hashes, salts and checkpoints.
 * What is there already is compared and left, also where retention has taken some of it since, but for what the log says that it
 * has lost. Rejects with AuditError as `copySealed`, `bad_option` for a database of another log, and `bad_record` for records that
 * no log writes, and for a log that misses some of which the database has none either, before anything is copied.
 */
export async function importLog(
  file: string,
  source: CopySource,
  onProgress?: (done: number, of: number) => void
): Promise<ImportReport> {
  const { origin, size } = source
  const gaps = await checkHeaders(source.records(0))
  if (!existsSync(file)) refuseGaps(gaps, 0)
  const copy = Copy.open(file, origin)
  try {
    if (copy.origin !== origin) {
      const message = `${file} holds the log ${copy.origin}, not ${origin}; import into another file`
      throw new AuditError('bad_option', message)
    }
    const before = copy.size
    refuseGaps(gaps, before)
    const target = {
      name: file,
      size: before,
      edge: (at: number) => copy.edge(at),
      leafAt: (index: number) => copy.leafAt(index),
      store(batch: readonly SealedRecord[]) {
        copy.append(batch, before)
        // It may be a copy that was not given all contents, as an export without them.
        if (batch.some(({ contents }) => contents.some(isAbsent))) copy.markPartial()
      },
      addCheckpoint: (checkpoint: CopiedCheckpoint) => copy.addCheckpoint(checkpoint)
    }
    const added = await copySealed(source, target, onProgress)
    await copy.indexAll()
    return { origin, size, added }
  } finally {
    copy.close()
  }
}

/** A database of a log has all of its records, or its own retention took them. */
function refuseGaps(gaps: readonly Gap[], before: number): void {
  const gap = gaps.find(({ end }) => end > before)
  if (!gap) return
  const first = Math.max(gap.first, before)
  const message = `records ${first} to ${gap.end - 1} are not in that log any more, as retention took them, and a database of it cannot be made without them; export --tiles writes what is left`
  throw new AuditError('bad_record', message)
}
