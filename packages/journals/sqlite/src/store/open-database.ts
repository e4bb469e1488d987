import { closeSync, existsSync, openSync, type Stats, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import type { Durability } from '@slm-audit/core/node'
import { makeFolder, realFile } from '@slm-audit/core/node'
import type { Database } from '../driver/database.ts'
import { databaseKeyOf } from '../driver/database-key.ts'
import { openDatabase, openUri } from '../driver/driver.ts'
import { lockedProblem } from '../encryption/unlock.ts'
import { hasColdUnseen, seeCold } from './cold/see-cold.ts'
import { checkWalHasDatabase } from './left-wal.ts'
import { checkBegun, checkFormat, migrate, PAGE_SIZE } from './schema.ts'
import { isStillGround, type StillFile, stillFile } from './still-file.ts'

/** SQLite's `synchronous`. A database that is opened again comes up with NORMAL, so it is always set. */
const SYNCHRONOUS: { readonly [Level in Durability]: string } = {
  memory: 'OFF',
  process: 'NORMAL',
  disk: 'FULL'
}

/** Bytes of the first part of the file that those who have a database open share. */
const WHOLE_SHM = 32_768

/** How long a writer waits for another one's transaction, in milliseconds. */
const BUSY_TIMEOUT = 5_000

/**
 * Opens a log for writing, making file (mode 0600) and directories (0700) where they are missing.
 * Throws AuditError that names the file and the next step.
 */
export function openForWriting(path: string, durability: Durability, origin: string): Database {
  const file = realFile(path)
  return explaining(file, () => {
    makeFolder(dirname(file))
    checkWalHasDatabase(file)
    // Closing another handle would end the locks that this process has on the file (POSIX).
    if (!existsSync(file)) closeSync(openSync(file, 'a', 0o600))
    const database = openDatabase(file, { timeoutMs: BUSY_TIMEOUT })
    try {
      database.pragma(`page_size = ${PAGE_SIZE}`)
      giveSpaceBack(database)
      // Pages that are split keep no copies of rows that go later; it costs no more writes.
      database.pragma('secure_delete = FAST')
      checkFormat(database, file)
      database.pragma('journal_mode = WAL')
      database.pragma(`synchronous = ${SYNCHRONOUS[durability]}`)
      // What a statement may have to undo is no matter of a folder for temporary files: that is on another disk, which may be
      // full, and whoever looks into it finds prompts. Encrypted databases do the same.
      database.pragma('temp_store = MEMORY')
      migrate(database, file, origin)
      seeCold(database)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/**
 * Of a database that is made now: retention gives space back while others write. One that has it is left alone, as
 * saying so again would write its first page at each opening, also on a disk that is full.
 */
export function giveSpaceBack(database: Database): void {
  const isSaid = Number(database.pragma('auto_vacuum', { simple: true })) === INCREMENTAL
  if (!isSaid) database.pragma(`auto_vacuum = ${INCREMENTAL}`)
}

/** SQLite's number of the way of vacuuming that takes pages bit by bit, when it is asked to. */
const INCREMENTAL = 2

/** Opens a log that can only be read. Throws AuditError that names the file and the next step. */
export function openForReading(file: string): Database {
  return explaining(file, () => {
    checkWalHasDatabase(file)
    const database = openReadOnly(file)
    try {
      checkFormat(database, file)
      checkBegun(database, file)
      return database
    } catch (error) {
      database.close()
      throw error
    }
  })
}

/** How the state of databases that are read as still files is known to be another one. */
const stillFiles = new WeakMap<Database, StillFile>()

/**
 * Opens a database that can only be read. On ground where this process can write nothing, and on a disk without room for
 * the file that readers of a database share, it is read without locks and without a file beside it: whoever reads it asks
 * `hasChanged`. Throws SQLite's error.
 */
export function openReadOnly(file: string): Database {
  const isStill = isStillGround(file) && !isShared(file)
  if (isStill && databaseKeyOf(file) === undefined) return openStill(stillFile(file))
  const database = openDatabase(file, { readonly: true, timeoutMs: BUSY_TIMEOUT })
  const error = errorOf(() => {
    lookInto(database)
    seeCold(database)
  })
  if (databaseKeyOf(file) === undefined && hasNoRoom(file, error)) {
    database.close()
    return openStill(stillFile(file))
  }
  if (!isHeld(error)) return forReadingOnly(database)
  // Once it is free, it would be read without what is cold.
  database.close()
  throw error
}

/** What a step fails with: what is wrong with a database is met, and explained, by those who read it. */
function errorOf(step: () => void): unknown {
  try {
    step()
    return undefined
  } catch (error) {
    return error
  }
}

/** Closes the handle where it throws. */
function forReadingOnly(database: Database): Database {
  try {
    database.pragma('query_only = ON')
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** Takes the locks of a reader for a moment, for which SQLite makes its file beside the database. */
function lookInto(database: Database): void {
  database.prepare('SELECT count(*) FROM sqlite_schema').get()
}

/**
 * Whether a database cannot be read because the file that its readers share cannot be made, as on a full disk. Where that
 * file is whole, somebody has the database open.
 */
function hasNoRoom(file: string, error: unknown): boolean {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  if (!/^SQLITE_(IOERR|FULL|CANTOPEN)/.test(String(code))) return false
  const shared = statSync(`${file}-shm`, { throwIfNoEntry: false })
  return (shared?.size ?? 0) < WHOLE_SHM
}

/** Whether SQLite can share a database that is in use, though nothing can be written here. */
function isShared(file: string): boolean {
  if (!existsSync(`${file}-shm`) || !existsSync(`${file}-wal`)) return false
  try {
    const database = openDatabase(file, { readonly: true, timeoutMs: BUSY_TIMEOUT })
    try {
      lookInto(database)
      return true
    } finally {
      database.close()
    }
  } catch {
    return false
  }
}

/**
 * Whether a log is to be opened again to be read: it was written (`wasWritten`), or brought from an earlier version to one that
 * compresses what is cold.
 */
export function hasChanged(database: Database): boolean {
  return stillFiles.get(database)?.hasChanged() ?? hasColdUnseen(database)
}

/** Whether somebody has written a database that was opened as a still file, so that what was read since may be of two states. */
export function wasWritten(database: Database): boolean {
  return stillFiles.get(database)?.hasChanged() === true
}

function openStill(still: StillFile): Database {
  const database = openUri(still.uri)
  try {
    if (still.hasLog) database.pragma('locking_mode = EXCLUSIVE')
    errorOf(() => seeCold(database))
    database.pragma('query_only = ON')
    stillFiles.set(database, still)
    return database
  } catch (error) {
    database.close()
    throw error
  }
}

/** The file that a directory with a log in files has. */
const FILES_MANIFEST = 'manifest.jsonl'

function explaining<T>(file: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (AuditError.is(cause)) throw cause
    const code = (cause as { readonly code?: unknown }).code
    const locked = code === 'SQLITE_NOTADB' ? lockedProblem(file) : undefined
    if (locked) throw locked
    if (code === 'SQLITE_NOTADB' || code === 'SQLITE_CORRUPT') {
      const message = `${file} is not a SQLite database, or is damaged; name another file or restore a backup`
      throw new AuditError('journal_damaged', message, { cause })
    }
    throw new AuditError('journal_unavailable', unavailable(file, cause), { cause })
  }
}

/** Runs what writes a log that was opened. Throws what that throws; where another process holds the log, AuditError that says so. */
export function unlessHeld<T>(file: string, run: () => T): T {
  try {
    return run()
  } catch (cause) {
    if (!isHeld(cause)) throw cause
    throw new AuditError('journal_unavailable', unavailable(file, cause), { cause })
  }
}

function isHeld(cause: unknown): boolean {
  const { code } = Object(cause) as { readonly code?: unknown }
  return /^SQLITE_(BUSY|LOCKED)/.test(String(code))
}

function unavailable(file: string, cause: unknown): string {
  if (isHeld(cause)) {
    return `another process has held the audit log ${file} for more than ${BUSY_TIMEOUT / 1_000} s; end it or its transaction, and open the log again`
  }
  const found = lookAt(file)
  if (found?.isDirectory() && existsSync(join(file, FILES_MANIFEST))) {
    return `${file} is a log in files; open it with fileJournal or openFileReader of @slm-audit/file`
  }
  if (found?.isDirectory())
    return `${file} is a folder; name a file in it, such as ${file}/audit.db`
  if (!found && (cause as { readonly code?: unknown }).code === 'SQLITE_CANTOPEN') {
    return `there is no audit log at ${file}; run the application that writes it first, or name another file`
  }
  const why = messageOf(cause)
  return `the audit log ${file} cannot be opened (${why}); check the path, its permissions and the space`
}

function lookAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch {
    // The error that led here says more.
    return undefined
  }
}
