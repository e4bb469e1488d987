import { accessSync, constants, statSync } from 'node:fs'
import { dirname } from 'node:path'
import { pathToFileURL } from 'node:url'

const IS_WINDOWS = process.platform === 'win32'

/**
 * A database on ground where this process can write nothing, as it is read there: without locks, and
 * without the files that SQLite makes beside a database to read it.
 */
export interface StillFile {
  /** The location to open it with. */
  readonly uri: string
  /** Whether its write-ahead log holds transactions, which then are read as well. */
  readonly hasLog: boolean
  /** Whether somebody has written it elsewhere: what was read meanwhile may be of two states. */
  hasChanged(): boolean
}

/**
 * Whether this process could write neither the file nor beside it, or only one of the two. Then it has
 * no writer either, whose locks another library would end (POSIX), and files that SQLite made beside
 * somebody else's database would keep their owner from it.
 */
export function isStillGround(path: string): boolean {
  return !canWrite(path) || !canWrite(dirname(path))
}

/** The file as it is now. */
export function stillFile(path: string): StillFile {
  const hasLog = (statSync(`${path}-wal`, { throwIfNoEntry: false })?.size ?? 0) > 0
  const was = stateOf(path)
  return { uri: uriOf(path, hasLog), hasLog, hasChanged: () => stateOf(path) !== was }
}

/** `immutable` reads no write-ahead log; without locks of a system's own, one is read alone. */
function uriOf(path: string, hasLog: boolean): string {
  const url = pathToFileURL(path)
  url.searchParams.set('mode', 'ro')
  if (hasLog) url.searchParams.set('vfs', IS_WINDOWS ? 'win32-none' : 'unix-none')
  else url.searchParams.set('immutable', '1')
  return url.href
}

/** Names a state of the database and of the log before it; what is only opened stays in its state. */
function stateOf(path: string): string {
  return [path, `${path}-wal`]
    .map((each) => {
      const stat = statSync(each, { bigint: true, throwIfNoEntry: false })
      return stat && stat.size > 0n ? `${stat.dev}:${stat.ino}:${stat.size}:${stat.mtimeNs}` : ''
    })
    .join(' ')
}

function canWrite(path: string): boolean {
  try {
    accessSync(path, constants.W_OK)
    return true
  } catch {
    return false
  }
}
