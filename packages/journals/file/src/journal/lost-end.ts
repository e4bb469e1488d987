import { existsSync, lstatSync, readdirSync, statSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'
import { tilesOf } from '@slm-audit/core/tlog'
import { directoryModeIn, type FileSystem, readIfThere, replaceFile } from '../format/files.ts'
import { END_MARK, LOST } from '../format/layout.ts'
import { markedBatch } from './end-marks.ts'
import { recordsIn, TileFiles, tilesBeyond } from './tile-files.ts'

/** An end of a log that is not there any more. */
export interface LostEnd {
  /** Index of the first record that is lost: how many are left. */
  readonly from: number
  /** How many records the log had, as far as anything says so. */
  readonly had: number
}

/** What is known of a log before anything is written behind its end. */
export interface FoundEnd {
  readonly directory: string
  /** Records that were read. */
  readonly size: number
  /** Whether the file that the next record belongs into was there when the log was opened. */
  readonly hasFile: boolean
  /** The size of a checkpoint of the log that it does not continue (`signedOtherwise`). */
  readonly signed: number | undefined
}

/**
 * Whether there was more than is left: by the log's own checkpoints, by the mark of the newest batch, by the stored tiles.
 * Under the log's lock. `undefined` where nothing says so, or where it was set aside before.
 */
export function findLostEnd({
  directory,
  size,
  hasFile,
  signed = 0
}: FoundEnd): LostEnd | undefined {
  const { from, to, isStored } = markedBatch(directory) ?? { from: -1, to: -1, isStored: false }
  // Part of a batch that was not stored yet is what a kill leaves of it.
  const marked = isStored || from > size || (from === size && !hasFile) ? to : 0
  const had = Math.max(marked, recordsIn(tilesBeyond(directory, size)))
  if (had > size) return { from: size, had: Math.max(had, signed) }
  const isKnown = lostEnds(directory).some((each) => each.had >= signed)
  return signed > size && !isKnown ? { from: size, had: signed } : undefined
}

/** A lost end, and the folder that has what was left of it, from the log's directory. */
export interface SetAside extends LostEnd {
  readonly folder: string
}

/**
 * The lost ends of a log that were found when it was opened, the one that begins first before the others. Links are none of
 * them: they may lead into another log.
 */
export function lostEnds(directory: string): SetAside[] {
  return foldersIn(join(directory, LOST))
    .flatMap((name) => {
      const [, from, had] = /^(\d+)-(\d+)(?:-\d+)?$/.exec(name) ?? []
      return had === undefined
        ? []
        : [{ from: Number(from), had: Number(had), folder: `${LOST}/${name}` }]
    })
    .sort((a, b) => a.from - b.from)
}

function foldersIn(path: string): string[] {
  if (!lstatSync(path, { throwIfNoEntry: false })?.isDirectory()) return []
  return readdirSync(path, { withFileTypes: true }).flatMap((each) =>
    each.isDirectory() ? [each.name] : []
  )
}

/**
 * Puts what says something of a lost end, and what is left of it, into a folder of its own, before the log goes on at that
 * place: the mark of the newest batch, tiles, and a copy of the file whose end was lost. Under the log's lock.
 */
export function setAside(
  files: FileSystem,
  directory: string,
  { from, had }: LostEnd,
  path: string
): SetAside {
  const name = freeName(join(directory, LOST), `${from}-${had}`)
  const folder = join(directory, LOST, name)
  const mode = directoryModeIn(directory)
  files.mkdirSync(folder, { recursive: true, mode })
  const copy = join(folder, basename(path))
  if (isOtherThanFile(path)) files.renameSync(path, copy)
  else if (existsSync(path)) replaceFile(files, copy, readIfThere(path))
  const tiles = tilesBeyond(directory, from)
  trimTiles(files, directory, from)
  for (const each of [END_MARK, ...tiles]) {
    if (!existsSync(join(directory, each))) continue
    files.mkdirSync(dirname(join(folder, each)), { recursive: true, mode })
    files.renameSync(join(directory, each), join(folder, each))
  }
  return { from, had, folder: `${LOST}/${name}` }
}

/** A name that nothing in a folder has, not even a link that leads nowhere. */
function freeName(folder: string, name: string): string {
  let free = name
  for (let next = 2; lstatSync(join(folder, free), { throwIfNoEntry: false }); next++) {
    free = `${name}-${next}`
  }
  return free
}

/** Stores the tiles of the right edge without what is beyond it. */
function trimTiles(files: FileSystem, directory: string, size: number): void {
  const tiles = new TileFiles(directory)
  tiles.trim(tilesOf(size))
  tiles.flush(files)
}

/** What a problem, and verification, say of a lost end. */
export function explainLost({ folder, from, had }: SetAside): string {
  const what =
    had > from
      ? `the log had ${had} records, of which those from ${from} on were lost`
      : `the file of the records from ${from} on was damaged`
  return `${what} when it was opened; what was left of them is in ${folder}`
}

/** Whether a folder, a device, or a link that leads to no file stands at a path. */
export function isOtherThanFile(path: string): boolean {
  if (!lstatSync(path, { throwIfNoEntry: false })) return false
  try {
    return !statSync(path).isFile()
  } catch {
    // A link to itself, or to nowhere.
    return true
  }
}
