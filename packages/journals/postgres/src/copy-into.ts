import { AuditError, type SealedRecord } from '@slm-audit/core/journal'
import { type CopiedCheckpoint, type CopySource, copySealed } from '@slm-audit/core/node'
import { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { indexStep } from './index/indexer.ts'
import { setArriving } from './store/arriving.ts'
import { migrate } from './store/schema.ts'
import { sizeOf } from './store/sealed-rows.ts'
import { storeCheckpoint } from './store/stored-checkpoints.ts'
import { edgeIn, leafIn, StoredTiles } from './store/stored-tiles.ts'
import { Writer } from './store/writer.ts'
import { COMMAND, enterWriter } from './store/writers.ts'
import { followLosses } from './upkeep/follow-losses.ts'

/** How a log is copied. */
export interface CopyOptions {
  /** Whether another copy follows: until then the log takes no calls, which wait in the spools of their processes. */
  readonly isMoreToCome?: boolean
  /** Hears of records copied. */
  readonly onProgress?: (done: number, of: number) => void
}

/**
 * Copies a log into a schema: the same records at the same indices, with the same salts and checkpoints. What is there
 * already is compared and left, so that a copy that was cut short goes on, also where retention has taken some of it since.
 * Resolves to how many records were new. Rejects with AuditError as `copySealed`, and `bad_option` for a schema of another log.
 */
export async function copyIntoPostgres(
  options: PlaceOptions,
  source: CopySource,
  { isMoreToCome = false, onProgress }: CopyOptions = {}
): Promise<number> {
  const connection = await Connection.open(checkPlace(options))
  try {
    await migrate(connection, source.origin, isMoreToCome)
    const tiles = new StoredTiles()
    const writer = new Writer(source.origin, tiles)
    const before = await sizeOf(connection)
    const target = {
      name: `the schema ${connection.schema}`,
      size: before,
      edge: (size: number) => tiles.reading(connection, (read) => edgeIn(read, size)),
      leafAt: (index: number) => tiles.reading(connection, (read) => leafIn(read, index)),
      store: (batch: readonly SealedRecord[]) => store({ connection, writer, before }, batch),
      async addCheckpoint({ size, note }: CopiedCheckpoint) {
        await storeCheckpoint(connection, size, note)
      }
    }
    const added = await copySealed(source, target, onProgress)
    while (!(await indexStep(connection)).isAtEnd);
    // The log may go on behind its newest checkpoint.
    await enterWriter(connection, COMMAND)
    if (!isMoreToCome) await setArriving(connection, false)
    return added
  } finally {
    await connection.close()
  }
}

/** A log that is copied into a schema that had so many records of it. */
interface Copying {
  readonly connection: Connection
  readonly writer: Writer
  readonly before: number
}

async function store(
  { connection, writer, before }: Copying,
  batch: readonly SealedRecord[]
): Promise<void> {
  await writer.exclusive(connection, async (size) => {
    const [first] = batch
    if (first && first.index !== size) {
      const message = `somebody else writes the log in ${connection.schema}: it has ${size} records, and record ${first.index} is to follow`
      throw new AuditError('bad_option', message)
    }
    await writer.copy(connection, size, batch)
    await followLosses(connection, batch, before)
  })
}
