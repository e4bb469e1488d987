import { chmodSync, existsSync, readdirSync, rmSync, truncateSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { AuditError, messageOf } from '@slm-audit/core/journal'
import { FILE_MODE } from '../format/layout.ts'
import { type LockDatabase, openLockDatabase } from './lock-database.ts'

/** How long one writer waits for another, in milliseconds. */
const TIMEOUT_MS = 5_000

/**
 * A lock that the operating system gives back when its process dies: an exclusive transaction on
 * an empty SQLite database. It works across processes, and across containers on one host.
 */
export class FileLock {
  readonly #path: string
  readonly #timeoutMs: number
  #database: LockDatabase

  constructor(path: string, timeoutMs = TIMEOUT_MS) {
    this.#path = path
    this.#timeoutMs = timeoutMs
    const isNew = !existsSync(path)
    // Only SQLite may open it: closing another handle would end the locks of this process (POSIX).
    this.#database = openLockDatabase(path, timeoutMs)
    if (isNew) chmodSync(path, FILE_MODE)
  }

  /** Waits for the lock; throws SQLite's error when it does not come in time, and AuditError `journal_failed` when the file is gone. */
  take(): void {
    try {
      this.#database.exec('BEGIN EXCLUSIVE')
    } catch (error) {
      if (!existsSync(this.#path)) throw this.#gone(error)
      if (!/not a database/.test(messageOf(error))) throw error
      this.#renew()
      this.#database.exec('BEGIN EXCLUSIVE')
    }
  }

  #gone(cause: unknown): AuditError {
    const message = `${this.#path} was deleted while it was open; close the log and open it again`
    return new AuditError('journal_failed', message, { cause })
  }

  /** Something else stands in the file, so that nobody can hold it: an empty file is a lock again. */
  #renew(): void {
    this.#database.close()
    truncateSync(this.#path)
    this.#database = openLockDatabase(this.#path, this.#timeoutMs)
  }

  give(): void {
    this.#database.exec('ROLLBACK')
  }

  /** Gives it back for good; `remove` takes the file away as well. */
  close(remove = false): void {
    this.#database.close()
    if (remove) rmSync(this.#path, { force: true })
  }
}

/** How long it is until a lock is asked for again, in milliseconds. */
const RETRY_MS = 20

/**
 * Takes a lock that another task of this thread may hold, so that nobody may wait for it without letting that one go on.
 * Rejects with SQLite's error when it does not come in time, or is given up.
 */
export async function takeLock(
  path: string,
  waitMs: number,
  isGivenUp: () => boolean = () => false
): Promise<FileLock> {
  const lock = new FileLock(path, 0)
  try {
    await retried(() => lock.take(), waitMs, isGivenUp)
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

async function retried<T>(
  attempt: () => T | Promise<T>,
  waitMs: number,
  isGivenUp: () => boolean
): Promise<T> {
  const deadline = performance.now() + waitMs
  for (;;) {
    try {
      return await attempt()
    } catch (error) {
      if (AuditError.is(error) || performance.now() >= deadline || isGivenUp()) throw error
      await setTimeout(RETRY_MS)
    }
  }
}

/** Takes the lock that says that a writer lives; waits for another one that has it unless told otherwise. */
export function lockWriter(directory: string, writer: string, waitMs = TIMEOUT_MS): FileLock {
  const lock = new FileLock(writerPath(directory, writer), waitMs)
  try {
    lock.take()
    return lock
  } catch (error) {
    lock.close()
    throw error
  }
}

/**
 * `lockWriter` for a writer that several processes may be, one after the other. Whoever has the lock needs the log's to be
 * done, so that it is waited for without that one.
 */
export function lockSharedWriter(
  log: { exclusive<T>(run: () => T): Promise<T> },
  directory: string,
  writer: string
): Promise<FileLock> {
  const attempt = () => log.exclusive(() => lockWriter(directory, writer, 0))
  return retried(attempt, TIMEOUT_MS, () => false)
}

/** Whether locks of writers are there, of living ones or dead. */
export function hasWriterLocks(directory: string): boolean {
  return readdirSync(directory).some((name) => WRITER_LOCK.test(name))
}

/** Whether a writer's process is gone. Leaves no lock of the dead behind. */
export function isWriterDead(directory: string, writer: string): boolean {
  const path = writerPath(directory, writer)
  if (!existsSync(path)) return true
  const lock = new FileLock(path, 0)
  let isDead = true
  try {
    lock.take()
  } catch {
    // Somebody holds it, so somebody lives.
    isDead = false
  }
  lock.close(isDead)
  return isDead
}

/** Takes away what dead writers have left. */
export function clearDeadWriters(directory: string): void {
  for (const name of readdirSync(directory)) {
    const writer = WRITER_LOCK.exec(name)?.[1]
    if (writer !== undefined) isWriterDead(directory, writer)
  }
}

const WRITER_LOCK = /^writer-([0-9a-f]+)$/

function writerPath(directory: string, writer: string): string {
  return join(directory, `writer-${writer}`)
}
