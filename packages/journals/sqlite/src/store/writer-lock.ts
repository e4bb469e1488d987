import { existsSync, readdirSync, rmSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { openLockFile } from '../driver/lock-file.ts'

/** How long a writer waits for one that is checking whether it lives, in milliseconds. */
const TIMEOUT_MS = 5_000

/** A lock that its process holds for life and that the operating system releases when it dies. */
export interface WriterLock {
  /** Gives it back; the file stays where its writer leaves records behind that nobody has signed. */
  release(isSigned: boolean): void
}

/**
 * Takes the lock of one writer: an exclusive transaction on an empty database beside the log.
 * Unlike a process id it cannot be reused, and it works across containers on one host.
 */
export function takeWriterLock(file: string, writerId: string): WriterLock {
  const path = lockPath(file, writerId)
  const database = openLockFile(path, TIMEOUT_MS)
  database.exec('BEGIN EXCLUSIVE')
  return {
    release(isSigned) {
      database.close()
      if (isSigned) rmSync(path, { force: true })
    }
  }
}

/** Whether the process of a writer is gone. Leaves no lock of the dead behind. */
export function isWriterDead(file: string, writerId: string): boolean {
  const path = lockPath(file, writerId)
  if (!existsSync(path)) return true
  const database = openLockFile(path, 0)
  try {
    database.exec('BEGIN EXCLUSIVE')
  } catch {
    // Somebody holds it, so somebody lives.
    return false
  } finally {
    database.close()
  }
  rmSync(path, { force: true })
  return true
}

/** The writers that have left a lock beside the log, dead or alive. */
export function lockedWriters(file: string): string[] {
  const prefix = basename(lockPath(file, ''))
  return readdirSync(dirname(file))
    .filter((name) => name.startsWith(prefix) && !name.endsWith('-journal'))
    .map((name) => name.slice(prefix.length))
}

function lockPath(file: string, writerId: string): string {
  return join(dirname(file), `${basename(file)}-writer-${writerId}`)
}
