import { join, resolve } from 'node:path'
import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  checkArriving,
  decodeSealed,
  nothingChecked,
  type RecordFlaw,
  type SealedRecord,
  type StoredLog,
  type StoredRecord,
  type VerifyOptions,
  type VerifyReport,
  verifyLog
} from '@slm-audit/core/journal'
import { keptHeadPaths, nodeSha256, readKeptHeads } from '@slm-audit/core/node'
import type { ReadTile } from '@slm-audit/core/tlog'
import type { Cipher } from '../format/age.ts'
import { readCheckpoints } from '../format/checkpoint-file.ts'
import { defaultKeyFile } from '../format/layout.ts'
import type { ReadLine } from '../format/line.ts'
import { type ClosedFile, cutLine, type Manifest } from '../format/manifest.ts'
import { isPruned } from '../format/pruned-line.ts'
import { readRecordsFile } from '../format/records-files.ts'
import { isInTree, otherRoot } from '../journal/closed-files.ts'
import { markedBatch } from '../journal/end-marks.ts'
import { LogState } from '../journal/log-state.ts'
import { closedOf, textsFrom } from '../journal/read-directory.ts'
import { parseLines } from '../journal/records-file.ts'
import { TileFiles } from '../journal/tile-files.ts'
import { OpenedRecords } from '../subjects/opened-records.ts'
import {
  checkCheckpointFiles,
  checkClosedFiles,
  checkLostEnds,
  checkMarkedEnd,
  countStrays,
  namesOfFiles
} from './check-files.ts'
import { checkStoredTiles } from './check-tiles.ts'
import { readStrictly } from './read-strictly.ts'
import type { LogSource } from './source.ts'
import { tilesAt } from './tiles-at.ts'

/** What ends the log before its files do. */
type Problem = Pick<RecordFlaw, 'kind' | 'detail'>

/** Opens the log in a directory. Rejects with AuditError where there is none. */
export async function openDirectory(directory: string, decrypt: Cipher): Promise<LogSource> {
  // First, because a writer that goes on signs what it has added.
  const signed = readCheckpoints(directory)
  const marked = markedBatch(directory)
  const files = readFiles(directory)
  const { manifest, state } = files
  const { origin } = manifest
  const cut = cutLine(directory, manifest)
  const { size } = state
  const keys = await keyRecords(directory)
  const checkpoints = () => signed
  const writers = new Set<string>()
  const opened = new OpenedRecords(directory, () => origin)
  const stored = (fromIndex: number) =>
    opened.all(readStrictly(directory, decrypt, manifest, fromIndex, size, writers))
  const sizeNow = () => readFiles(directory).state.size
  const log: StoredLog = {
    origin,
    size,
    // What was copied has no writer, and an exporter may have been told to leave contents out of it.
    get isPartial() {
      return writers.size === 0
    },
    readTile: tilesAt(state.tiles.read, size, sizeNow),
    checkpoints,
    keyRecords: (index) => keys.filter((record) => record.index < index),
    // Files are read asynchronously, which only `checkRanges` can wait for.
    records: () => [],
    checkRanges: (fromIndex) =>
      checkArriving(stored(fromIndex), origin, fromIndex, size, nodeSha256),
    strays: () => straysIn(directory)
  }
  const verify = async (options: VerifyOptions = {}): Promise<VerifyReport> => {
    const found = await verifyDirectory(directory, files, log, options)
    // What stands beside the records follows from them, or is of those that were there.
    const flaw =
      found.flaw ??
      checkMarkedEnd(directory, size, marked) ??
      checkLostEnds(directory) ??
      checkBeside(
        directory,
        files,
        log.readTile,
        tilesAt(new TileFiles(directory).read, size, sizeNow)
      ) ??
      // A writer that was adding it is done by now.
      (cut && cutLine(directory, manifest))
    const report = flaw ? { ...found, flaw } : found
    // What is kept elsewhere may be of records that a writer has added since, and an erasure exchanges closed files.
    const isPast =
      flaw !== undefined &&
      ((flaw.kind === 'truncated tail' && sizeNow() > size) || isExchanged(directory, manifest))
    return isPast ? (await openDirectory(directory, decrypt)).verify(options) : report
  }
  const isStale = () => isExchanged(directory, manifest)
  const goOn = async () => await openDirectory(directory, decrypt)
  const records = (fromIndex = 0) => leftOf(stored(fromIndex), { fromIndex, size, isStale, goOn })
  const whyEncrypted = (key: string) => opened.problemOf(key)
  return { origin, size, records, checkpoints, verify, readTile: log.readTile, whyEncrypted }
}

/** How records are read of which some may be taken meanwhile. */
interface LeftReading {
  readonly fromIndex: number
  readonly size: number
  /** Whether closed files were exchanged since the log was opened. */
  isStale(): boolean
  /** Opens the log again. */
  goOn(): Promise<LogSource>
}

/**
 * Records but for those that retention took. Where it takes some meanwhile, what was read before does not fit what is read
 * then, and reading goes on with the log as it is by then.
 */
async function* leftOf(
  stored: AsyncIterable<StoredRecord>,
  { fromIndex, size, isStale, goOn }: LeftReading
): AsyncGenerator<SealedRecord> {
  let next = fromIndex
  try {
    for await (const sealed of stored) {
      next = sealed.index + 1
      if (!isPruned(sealed)) yield sealed
    }
    return
  } catch (error) {
    if (!isStale()) throw error
  }
  for await (const sealed of (await goOn()).records(next)) {
    if (sealed.index >= size) return
    yield sealed
  }
}

/** Whether closed files that a manifest names are other ones by now. */
function isExchanged(directory: string, { closed }: Manifest): boolean {
  const now = new Set(closedOf(directory).manifest.closed.map(({ sha256 }) => sha256))
  return closed.some(({ sha256 }) => !now.has(sha256))
}

/** Counted by the files as they are now, because writers go on meanwhile. */
function straysIn(directory: string): number {
  const { manifest, state, names } = readFiles(directory)
  return countStrays(directory, namesOfFiles(manifest, names), state.size)
}

/** The records that gave the log its keys. They are never encrypted. */
async function keyRecords(directory: string): Promise<SealedRecord[]> {
  const found: SealedRecord[] = []
  let known: string | undefined
  const addsKey = ({ key }: ClosedFile): boolean => {
    const isNew = key !== known
    known = key
    return isNew
  }
  try {
    for await (const { texts } of textsFrom(directory, 0, addsKey)) {
      const lines = texts.filter((text) => text.includes('"kind":"key.added"'))
      found.push(...lines.flatMap((line) => decodeSealed(line) ?? []))
    }
  } catch (error) {
    // Where a file cannot be read is for verification to say.
    if (!AuditError.is(error)) throw error
  }
  return found
}

interface OpenFiles {
  readonly state: LogState
  /** The first record that was read of them. */
  readonly from: number
  readonly names: readonly string[]
  readonly problem?: Problem
}

/** All files of a log, as they were read at one moment. */
interface LogFilesRead extends OpenFiles {
  readonly manifest: Manifest
}

/** So often a directory is read again in which files are closed faster than they are read. */
const MOST_TRIES = 10

/**
 * The manifest and the files behind it, of one moment: a file that a writer closes in between is in
 * neither, and the log would look shorter than it is.
 */
function readFiles(directory: string): LogFilesRead {
  for (let tries = 1; ; tries++) {
    const { manifest, newest, ahead } = closedOf(directory)
    const open = readOpenFiles(directory, newest)
    const isStill = closedOf(directory).newest?.end === newest?.end
    if (!isStill && tries < MOST_TRIES) continue
    const { damage, ...rest } = manifest
    // Where the records make the root that the manifest gives, its tiles are what is damaged.
    const isTilesDamage =
      ahead && isInTree(ahead, open.state.tiles.read) && damage?.detail === otherRoot(ahead).detail
    return { ...open, manifest: isTilesDamage ? rest : manifest }
  }
}

/** The files that are not closed: what they add to the log, and where they cannot be read. */
function readOpenFiles(directory: string, newest: ClosedFile | undefined): OpenFiles {
  const state = new LogState(directory, newest)
  const from = state.size
  const names: string[] = []
  let problem: Problem | undefined
  for (let first = -1; first < state.size; ) {
    first = state.size
    const stored = readRecordsFile(directory, first)
    if (!stored) break
    const { name, bytes } = stored
    const path = join(directory, name)
    names.push(name)
    const { lines, whole, damage } = parseLines(bytes)
    const last = lines.at(-1)
    problem = takeIn(state, path, lines)
    if (damage !== undefined) problem ??= { kind: 'changed', detail: `${path}: ${damage}` }
    // A line that was not finished has no end.
    if (bytes.includes(NEWLINE, whole)) {
      problem ??= { kind: 'changed', detail: `${path} has a line that the log did not write` }
    }
    if (problem || last?.kind !== 'end') break
  }
  state.saveTiles()
  return { state, names, from, ...(problem && { problem }) }
}

const NEWLINE = 0x0a

function takeIn(state: LogState, path: string, lines: readonly ReadLine[]): Problem | undefined {
  for (const line of lines) {
    if (line.kind !== 'end' && line.first > state.size) {
      return { kind: 'missing', detail: `${path} goes on with ${line.first}` }
    }
    if (line.kind !== 'end' && line.first < state.size) {
      return { kind: 'changed', detail: `${path} holds record ${line.first} once more` }
    }
    state.apply(line)
  }
  return undefined
}

async function verifyDirectory(
  directory: string,
  { manifest, state: { key }, problem }: LogFilesRead,
  log: StoredLog,
  options: VerifyOptions
): Promise<VerifyReport> {
  const { origin, size } = log
  const { keyFile = defaultKeyFile(directory) } = options
  const kept = readKeptHeads(keptHeadPaths({ log: resolve(directory), origin, key, keyFile }))
  const checkpoints = readCheckpoints(directory)
  const from = options.since?.size ?? 0
  const filesFlaw = checkClosedFiles(directory, manifest, checkpoints, from)
  if (filesFlaw) return nothingChecked({ origin, size }, filesFlaw)
  const report = await verifyLog(log, { rest: setImmediate, kept, ...options }, nodeSha256)
  // What cannot be read ends the log before its checkpoints do.
  if (problem !== undefined && (!report.flaw || report.flaw.index === size)) {
    return { ...report, flaw: { index: size, ...problem } }
  }
  return report
}

/** Checks what stands beside the records, once they are found right: all that it says follows from them. */
function checkBeside(
  directory: string,
  { manifest, from, state: { size } }: LogFilesRead,
  readTile: ReadTile,
  readStored: ReadTile
): RecordFlaw | undefined {
  const { closed, damage } = manifest
  const other = closed.find((entry) => !isInTree(entry, readTile))
  const tree = { size, readTile, from, closed: closed.at(-1)?.end ?? 0 }
  return (
    damage ??
    (other && otherRoot(other)) ??
    checkStoredTiles(tree, readStored) ??
    checkCheckpointFiles(directory)
  )
}
