import {
  closeSync,
  existsSync,
  lstatSync,
  openSync,
  readSync,
  realpathSync,
  type Stats,
  statSync
} from 'node:fs'
import { basename, dirname, join, relative } from 'node:path'
import { messageOf } from '@slm-audit/core/journal'
import { AuditError } from '@slm-audit/core/reader'

/** What a path for output stands for. */
export interface Destination {
  /** The file that links lead to. */
  readonly file: string
  /** Whether a new file takes the place of what is there; else what is there is written to. */
  readonly isReplaced: boolean
}

/** What stands beside a database and belongs to it, by the ending of its name. */
const OF_THE_DATABASE =
  /^(|-(wal|shm|journal|watch|index|index-wal|index-shm|spool|lock)|\.(key|key\.next|lock|index|spool|anchor|checkpoint)|\.(writer|exporter)[^/]*)$/
/** The kernel's own folders, where nothing can be made or replaced. */
const KERNEL = /^\/(dev|proc|sys)\//
const ROOT = 0

/**
 * Decides what may be done at a path. Throws AuditError `bad_option` that names the option where
 * something would be lost: the log itself, a folder, a block device, a link of another user.
 */
export function chooseDestination(
  option: string,
  path: string,
  log: string | undefined
): Destination {
  const refuse = (problem: string): never => {
    throw new AuditError('bad_option', `${option} ${path}: ${problem}`)
  }
  const link = lookAt(path, lstatSync, refuse)
  if (link?.isSymbolicLink() && !isOwn(link)) {
    refuse('it is a link of another user, which could lead anywhere; name another file')
  }
  const target = lookAt(path, statSync, refuse)
  if (link && !target) refuse('it is a link to nothing; remove it, or name another file')
  if (target?.isDirectory()) refuse('it is a folder; name a file in it')
  if (target?.isBlockDevice()) refuse('it is a disk; name a file')
  const folder = dirname(path)
  if (!target && !existsSync(folder)) refuse(`there is no folder ${folder}; make it first`)
  if (target && !target.isFile()) return { file: path, isReplaced: false }
  const file = join(
    realpathSync(target ? dirname(realpathSync(path)) : folder),
    nameOf(path, target)
  )
  if (log !== undefined && isOfLog(file, log)) {
    refuse(`it belongs to the log ${log} itself; name another file`)
  }
  const isReplaced = !KERNEL.test(path) && !KERNEL.test(file)
  if (target && isReplaced && isPrecious(file)) {
    refuse('it is a database or a private key, which no export replaces; name another file')
  }
  return { file, isReplaced }
}

function nameOf(path: string, target: Stats | undefined): string {
  return basename(target ? realpathSync(path) : path)
}

function isOwn({ uid }: Stats): boolean {
  // Windows has no owners that Node could tell.
  return process.getuid === undefined || uid === ROOT || uid === process.getuid()
}

/** Whether a file is part of a log: its database and what stands beside it, or anything in its folder. */
function isOfLog(file: string, log: string): boolean {
  if (!existsSync(log)) return false
  const own = realpathSync(log)
  if (statSync(own).isDirectory()) return !relative(own, file).startsWith('..')
  return [own, join(realpathSync(dirname(log)), basename(log))].some(
    (database) => file.startsWith(database) && OF_THE_DATABASE.test(file.slice(database.length))
  )
}

/** How files begin that nobody means to replace by an export. */
const PRECIOUS = ['SQLite format 3\0', 'PRIVATE+KEY+']

function isPrecious(file: string): boolean {
  const start = Buffer.alloc(16)
  try {
    const handle = openSync(file, 'r')
    try {
      readSync(handle, start)
    } finally {
      closeSync(handle)
    }
  } catch {
    // What cannot be read is replaced as any file is.
    return false
  }
  return PRECIOUS.some((begin) => start.toString('latin1').startsWith(begin))
}

function lookAt(
  path: string,
  look: (path: string, options: { readonly throwIfNoEntry: false }) => Stats | undefined,
  refuse: (problem: string) => never
): Stats | undefined {
  try {
    return look(path, { throwIfNoEntry: false })
  } catch (cause) {
    return refuse(`it cannot be looked at (${messageOf(cause)}); check the path`)
  }
}
