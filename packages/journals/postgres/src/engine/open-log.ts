import { existsSync } from 'node:fs'
import {
  AuditError,
  KEY_ADDED,
  pendingEvent,
  pendingReadsAudited,
  pendingUnsigned
} from '@slm-audit/core/journal'
import {
  continuesHeads,
  explainUnsigned,
  isKeyToRecord,
  type JournalHost,
  keptHeadPaths,
  type OpenedSigner,
  openLogSigner,
  readKeptHeads,
  unsignedEnd,
  userName
} from '@slm-audit/core/node'
import {
  formatVerifierKey,
  HASH_BYTES,
  parseCheckpoint,
  sameBytes,
  TILE_WIDTH
} from '@slm-audit/core/tlog'
import { Connection } from '../connection/connection.ts'
import { checkArrived } from '../store/arriving.ts'
import { areReadsAuditedYet } from '../store/audited-reads.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { newestKey } from '../store/key-records.ts'
import { migrate } from '../store/schema.ts'
import { newestCheckpoint } from '../store/stored-checkpoints.ts'
import { proofIn, readTile, type StoredTiles } from '../store/stored-tiles.ts'
import type { Writer } from '../store/writer.ts'
import { enterWriter } from '../store/writers.ts'
import type { WorkerSettings } from './worker-settings.ts'

/** A log that somebody is about to sign. */
export interface SignedLog {
  readonly origin: string
  readonly schema: string
  /** The file of its key, where it is in one. */
  readonly keyFile?: string | undefined
  /** Whether the newest head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean | undefined
  readonly tiles: StoredTiles
  readonly writer: Writer
  /** What signs it, told the key that it was given last. Throws AuditError `bad_key`. */
  signer(known: string | undefined): OpenedSigner
  /** Hears of an end that nobody had signed. */
  failed(problem: AuditError): void
}

/** What opening a log needs beside its settings. */
export interface OpeningLog extends SignedLog {
  readonly settings: WorkerSettings
}

/** The log that an application's settings mean. */
export function openingOf(
  settings: WorkerSettings,
  parts: Pick<SignedLog, 'tiles' | 'writer'>,
  host: JournalHost
): OpeningLog {
  const { origin, key, stateFolder, place } = settings
  return {
    ...{ settings, origin, schema: place.schema, stateFolder, ...parts },
    keyFile: key.kind === 'file' ? key.path : undefined,
    signer: (known) => openLogSigner(key, origin, known, (message) => host.sign(message)),
    failed: (problem) => host.failed(problem)
  }
}

/** Where the newest heads of a log are kept on this machine. */
export function headPathsOf(
  { origin, keyFile, stateFolder, schema }: SignedLog,
  newest: string | undefined
): string[] {
  return keptHeadPaths({ log: `postgres ${schema}`, origin, key: newest, keyFile, stateFolder })
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
    await checkKeys(connection, settings)
    await writer.exclusive(connection, async (size) => {
      await checkEnd(opening, connection, size)
      const next = await recordUnsigned(opening, connection, size)
      const then = await admitKey(opening, connection, next)
      if (settings.readAudit) await auditReads(writer, connection, then)
      await enterWriter(connection, settings.writerId)
    })
    return connection
  } catch (error) {
    await connection.close()
    throw error
  }
}

/** Rejects with AuditError `bad_key` where the log encrypts its contents and is opened without their keys. */
async function checkKeys(
  connection: Connection,
  { contents }: Pick<WorkerSettings, 'contents'>
): Promise<void> {
  if (contents || !(await hasDataKeys(connection))) return
  const message = `the contents of the log in ${connection.schema} are encrypted; open it with their keys: encryption: { contents: { keys } }`
  throw new AuditError('bad_key', message)
}

/** Has the log record who reads it; nothing where it does so already. */
async function auditReads(writer: Writer, connection: Connection, size: number): Promise<void> {
  if (await areReadsAuditedYet(connection)) return
  await writer.appendNow(connection, size, [{ pending: [pendingReadsAudited(userName())] }])
}

/** Throws AuditError `journal_damaged` where the tree has other leaves than there are records, or another root than is signed. */
async function checkEnd(
  { schema, writer }: SignedLog,
  connection: Connection,
  size: number
): Promise<void> {
  const damaged = (detail: string) =>
    new AuditError(
      'journal_damaged',
      `the end of the log in ${schema} is not as it was written: ${detail}; keep it for slm-audit verify and start another`
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
export async function recordUnsigned(
  log: SignedLog,
  connection: Connection,
  size: number
): Promise<number> {
  const { origin, schema, tiles, writer } = log
  const headPaths = headPathsOf(log, await newestKey(connection))
  const head = await writer.head(connection, size)
  const kept = readKeptHeads(headPaths)
  const continues = await tiles.reading(connection, (read) =>
    continuesHeads(kept, origin, head, (first, second) => proofIn(read, first, second))
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
  const message = explainUnsigned(`the schema ${schema}`, end)
  log.failed(new AuditError('history_rewritten', message))
  return next
}

/**
 * Makes sure that the log knows the key that will sign it: the first one is recorded, another one is refused. Resolves to
 * the size. Rejects with AuditError `bad_key`.
 */
export async function admitKey(
  { origin, writer, signer }: SignedLog,
  connection: Connection,
  size: number
): Promise<number> {
  const known = await newestKey(connection)
  const { key, custody = 'signer' } = signer(known)
  if (!isKeyToRecord(known, key, origin)) return size
  const added = pendingEvent(KEY_ADDED, { key: formatVerifierKey(key), custody })
  return await writer.appendNow(connection, size, [{ pending: [added] }])
}
