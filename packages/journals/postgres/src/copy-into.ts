import { AuditError, checkRecord, type SealedRecord } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { Frontier, sameBytes } from '@slm-audit/core/tlog'
import { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { indexStep } from './index/indexer.ts'
import { setArriving } from './store/arriving.ts'
import { migrate } from './store/schema.ts'
import { sizeOf } from './store/sealed-rows.ts'
import { storeCheckpoint } from './store/stored-checkpoints.ts'
import { StoredTiles } from './store/stored-tiles.ts'
import { Writer } from './store/writer.ts'
import { COMMAND, enterWriter } from './store/writers.ts'

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

/** How a log is copied. */
export interface CopyOptions {
  /** Whether another copy follows: until then the log takes no calls, which wait in the spools of their processes. */
  readonly isMoreToCome?: boolean
  /** Hears of records copied. */
  readonly onProgress?: (done: number, of: number) => void
}

/** Records of one transaction. */
const BATCH = 500

/**
 * Copies a log into a schema: the same records at the same indices, with the same salts and checkpoints. What is there
 * already is compared and left, so that a copy that was cut short goes on. Resolves to how many records were new.
 * Rejects with AuditError `bad_option` for a schema of another log or with other records, `bad_record` for a record
 * that is not as it was sealed, and for one that retention took.
 */
export async function copyIntoPostgres(
  options: PlaceOptions,
  source: CopySource,
  { isMoreToCome = false, onProgress }: CopyOptions = {}
): Promise<number> {
  const connection = await Connection.open(checkPlace(options))
  try {
    await migrate(connection, source.origin, isMoreToCome)
    const writer = new Writer(source.origin, new StoredTiles())
    const before = await compare(connection, writer, source)
    let batch: SealedRecord[] = []
    let next = before
    for await (const sealed of source.records(before)) {
      next = follow(next, sealed)
      const flaw = checkRecord(sealed, sealed.index, nodeSha256)
      if (flaw) throw new AuditError('bad_record', `record ${flaw.index}: ${flaw.detail}`)
      batch.push(sealed)
      if (batch.length < BATCH && sealed.index + 1 < source.size) continue
      await store(connection, writer, batch)
      batch = []
      onProgress?.(sealed.index + 1, source.size)
    }
    for (const { size, note } of await source.checkpoints()) {
      if (size <= source.size) await storeCheckpoint(connection, size, note)
    }
    while (!(await indexStep(connection)).isAtEnd);
    // The log may go on behind its newest checkpoint.
    await enterWriter(connection, COMMAND)
    if (!isMoreToCome) await setArriving(connection, false)
    return Math.max(0, source.size - before)
  } finally {
    await connection.close()
  }
}

async function store(
  connection: Connection,
  writer: Writer,
  batch: readonly SealedRecord[]
): Promise<void> {
  await writer.exclusive(connection, async (size) => {
    const [first] = batch
    if (first && first.index !== size) {
      const message = `somebody else writes the log in ${connection.schema}: it has ${size} records, and record ${first.index} is to follow`
      throw new AuditError('bad_option', message)
    }
    await writer.copy(connection, size, batch)
  })
}

/** What both have must be the same. Resolves to how many records that are. */
async function compare(
  connection: Connection,
  writer: Writer,
  source: CopySource
): Promise<number> {
  const size = await sizeOf(connection)
  const { schema } = connection
  if (size > source.size) {
    const message = `the log in ${schema} has ${size} records, more than the ${source.size} that are to be copied; it has been written since`
    throw new AuditError('bad_option', message)
  }
  const theirs = new Frontier(nodeSha256)
  let next = 0
  for await (const sealed of source.records(0)) {
    if (sealed.index >= size) break
    next = follow(next, sealed)
    theirs.append(sealed.leafHash)
  }
  const { root } = await writer.head(connection, size)
  if (size === 0 || sameBytes(theirs.root(), root)) return size
  const message = `the records in ${schema} are others, though of the same log; copy into another schema`
  throw new AuditError('bad_option', message)
}

/** The index behind a record. Throws AuditError `bad_record` where some are missing before it. */
function follow(next: number, { index }: SealedRecord): number {
  if (index <= next) return index + 1
  const message = `records ${next} to ${index - 1} are not in that log any more, as retention took them, and it cannot be copied without them; export --tiles writes what is left`
  throw new AuditError('bad_record', message)
}
