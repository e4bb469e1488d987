import { existsSync } from 'node:fs'
import { AuditError, KEY_ADDED, pendingEvent, pendingUnsigned } from '@slm-audit/core/journal'
import {
  continuesHeads,
  explainUnsigned,
  isKeyToRecord,
  type JournalHost,
  keptHeadPaths,
  nodeSha256,
  openKey,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import {
  consistencyProof,
  formatVerifierKey,
  HASH_BYTES,
  hashReader,
  parseCheckpoint,
  type Signer,
  sameBytes,
  TILE_WIDTH
} from '@slm-audit/core/tlog'
import { Connection } from '../connection/connection.ts'
import { checkArrived } from '../store/arriving.ts'
import { newestKey } from '../store/key-records.ts'
import { migrate } from '../store/schema.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { readTile, type StoredTiles } from '../store/stored-tiles.ts'
import type { Writer } from '../store/writer.ts'
import { enterWriter } from '../store/writers.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** What opening a log needs beside its settings. */
export interface OpeningLog {
  readonly settings: WorkerSettings
  readonly tiles: StoredTiles
  readonly writer: Writer
  readonly host: JournalHost
}

/** Where the newest heads of a log are kept on this machine. */
export function headPathsOf(
  { origin, key, stateFolder, place }: WorkerSettings,
  newest: string | undefined
): string[] {
  const keyFile = key.kind === 'file' ? key.path : undefined
  return keptHeadPaths({
    log: `postgres ${place.schema}`,
    origin,
    key: newest,
    keyFile,
    stateFolder
  })
}

/** The signer of a log; a key file that is missing is made for a log without a key. Throws AuditError `bad_key`. */
export function signerOf(
  { key, origin }: WorkerSettings,
  host: JournalHost,
  hasKey: boolean
): Signer {
  return openKey(key, origin, (message) => host.sign(message), hasKey)
}

/**
 * Connects, brings the schema up to date, and looks at the log's end before more is written behind it: what it
 * was, who signed it, and whether this process has its key. Rejects with AuditError.
 */
export async function openLog(opening: OpeningLog): Promise<Connection> {
  const { settings, writer } = opening
  const connection = await Connection.open(settings.place)
  try {
    await migrate(connection, settings.origin)
    await checkArrived(connection)
    await writer.exclusive(connection, async (size) => {
      await checkEnd(opening, connection, size)
      const next = await recordUnsigned(opening, connection, size)
      await admitKey(opening, connection, next)
      await enterWriter(connection, settings.writerId)
    })
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Throws AuditError `journal_damaged` where the tree has other leaves than there are records, or another root than is signed. */
async function checkEnd(
  { settings: { place }, writer }: OpeningLog,
  connection: Connection,
  size: number
): Promise<void> {
  const damaged = (detail: string) =>
    new AuditError(
      'journal_damaged',
      `the end of the log in ${place.schema} is not as it was written: ${detail}; keep it for slm-audit verify and start another`
    )
  const last = Math.max(0, Math.ceil(size / TILE_WIDTH) - 1)
  const leaves = (await readTile(connection, { level: 0, n: last })).length / HASH_BYTES
  if (last * TILE_WIDTH + leaves !== size) {
    throw damaged(`${size} records, ${last * TILE_WIDTH + leaves} leaves`)
  }
  const newest = await newestCheckpoint(connection)
  if (!newest) return
  if (newest.size > size) throw damaged(`a checkpoint says it had ${newest.size} records`)
  const { root } = await writer.head(connection, size)
  if (newest.size < size || sameBytes(parseCheckpoint(newest.note).root, root)) return
  throw damaged('its newest checkpoint has another root')
}

/** Says in the log that its end had no signature though no process died. Resolves to the size. */
async function recordUnsigned(
  { settings, tiles, writer, host }: OpeningLog,
  connection: Connection,
  size: number
): Promise<number> {
  const headPaths = headPathsOf(settings, await newestKey(connection))
  const head = await writer.head(connection, size)
  const kept = readKeptHeads(headPaths)
  const continues = await tiles.reading(connection, (read) =>
    continuesHeads(kept, settings.origin, head, (first, second) =>
      consistencyProof(first, second, hashReader(read, nodeSha256), nodeSha256)
    )
  )
  // A log that does not continue its heads is not signed at all.
  if (!continues) return size
  const signed = (await newestCheckpoint(connection))?.size ?? 0
  const [others] = await connection.rows(
    `SELECT count(*) AS count FROM ${connection.schema}.writers`
  )
  // A machine that joins a fleet has no head yet: that none is kept here says nothing.
  const there = headPaths.filter((path) => existsSync(path))
  const hasWriters = Number(others?.count) > 0
  const end = unsignedEnd({ size, signed, hasWriters, headPaths: there })
  if (!end) return size
  const next = await writer.appendNow(connection, size, [{ pending: [pendingUnsigned(end)] }])
  const message = explainUnsigned(`the schema ${settings.place.schema}`, end)
  host.failed(new AuditError('history_rewritten', message))
  return next
}

/** Makes sure that the log knows the key that will sign it: the first one is recorded, another one is refused. */
async function admitKey(
  { settings, writer, host }: OpeningLog,
  connection: Connection,
  size: number
): Promise<void> {
  const known = await newestKey(connection)
  const { key, custody = 'signer' } = signerOf(settings, host, known !== undefined)
  if (!isKeyToRecord(known, key, settings.origin)) return
  const added = pendingEvent(KEY_ADDED, { key: formatVerifierKey(key), custody })
  await writer.appendNow(connection, size, [{ pending: [added] }])
}
