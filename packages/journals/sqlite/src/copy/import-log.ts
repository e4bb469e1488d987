import { existsSync } from 'node:fs'
import { setImmediate } from 'node:timers/promises'
import { AuditError, checkRecord, isAbsent, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { sameBytes } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { IndexFile } from '../index/index-file.ts'
import { storeCheckpoint } from '../keys/checkpoint-store.ts'
import { markPartial } from '../store/log-facts.ts'
import { openForWriting } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { storedLog } from '../store/stored-log.ts'
import { Writer } from '../store/writer.ts'
import { checkHeaders, type Gap } from './check-headers.ts'

/** A log to be copied, which its owner has verified. */
export interface ImportSource {
  /** The name of the log that the records are of. */
  readonly origin: string
  /** How many records there are. */
  readonly size: number
  /** The records from an index on, in order. */
  records(fromIndex: number): AsyncIterable<SealedRecord>
  /** The signed checkpoints, ascending by size. */
  checkpoints(): Iterable<{ readonly size: number; readonly note: string }>
}

/** What an import did. */
export interface ImportReport {
  /** The name of the log. */
  readonly origin: string
  /** Records of the log, and how many of them were not in the database before. */
  readonly size: number
  /** How many records were new here. */
  readonly added: number
}

/** How long the event loop stands still for the index. */
const STEP_MS = 25
/** Records in one transaction. */
const BATCH = 500
/** Who received the calls of a copy: nobody here, so that nobody here ends them. */
export const NOBODY = 'import'

/**
 * Copies a log into a database: the same records at the same indices, with the same leaf hashes,
 * salts and checkpoints. What is there already is compared and left; a database of another log, or
 * one that has other records, is refused with AuditError `bad_option`; records that no log writes, and a log that
 * misses some of which the database has none either, with `bad_record` before anything is copied. A changed record is
 * refused so, too, once it is come to.
 */
export async function importLog(
  file: string,
  source: ImportSource,
  onProgress?: (done: number, of: number) => void
): Promise<ImportReport> {
  const { origin, size } = source
  const gaps = await checkHeaders(source.records(0))
  if (!existsSync(file)) refuseGaps(gaps, 0)
  const database = openForWriting(file, 'disk', origin)
  try {
    const own = originOf(database)
    if (own !== origin) throw refuse(`${file} holds the log ${own}, not ${origin}`)
    const writer = new Writer(database, NOBODY)
    const before = writer.size()
    await compare(file, storedLog(database).records(0), source)
    refuseGaps(gaps, before)
    let batch: SealedRecord[] = []
    for await (const sealed of source.records(before)) {
      const flaw = checkRecord(sealed, sealed.index, nodeSha256)
      if (flaw) throw new AuditError('bad_record', `record ${flaw.index}: ${flaw.detail}`)
      batch.push(sealed)
      if (batch.length < BATCH && sealed.index + 1 < size) continue
      writer.copy(batch)
      // It may be a copy that was not given all contents, as an export without them.
      if (batch.some(({ contents }) => contents.some(isAbsent))) markPartial(database)
      batch = []
      onProgress?.(sealed.index + 1, size)
    }
    for (const { size: signed, note } of source.checkpoints()) {
      if (signed <= size) storeCheckpoint(database, signed, note)
    }
    await keepIndexed(database, file)
    return { origin, size, added: Math.max(0, size - before) }
  } finally {
    database.close()
  }
}

/** No application will do it behind the log. Where it cannot be done, readers find what they find without. */
async function keepIndexed(database: Database, file: string): Promise<void> {
  const index = new IndexFile(database, file)
  try {
    while (!index.advance({ deadline: performance.now() + STEP_MS })) await setImmediate()
  } catch {
    // The log is imported; slm-audit reindex says what is in the way.
  } finally {
    index.close()
  }
}

/** What both have must be the same. */
async function compare(
  file: string,
  own: Iterable<SealedRecord>,
  source: ImportSource
): Promise<void> {
  const mine = own[Symbol.iterator]()
  for await (const { index, leafHash } of source.records(0)) {
    const next = mine.next()
    if (next.done) return
    if (next.value.index === index && sameBytes(next.value.leafHash, leafHash)) continue
    throw refuse(`record ${index} in ${file} is another one, though of the same log`)
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

function refuse(problem: string): AuditError {
  return new AuditError('bad_option', `${problem}; import into another file`)
}
