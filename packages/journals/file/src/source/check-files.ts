import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { AuditError, type RecordFlaw } from '@slm-audit/core/journal'
import {
  checkpointsIn,
  newestCheckpoint,
  type StoredCheckpoint,
  strayCheckpointLine
} from '../format/checkpoint-file.ts'
import { readIfThere, readLines } from '../format/files.ts'
import { CHECKPOINT, CHECKPOINTS, END_MARK, recordsName } from '../format/layout.ts'
import type { ClosedFile, Manifest } from '../format/manifest.ts'
import { digestOf, namedDraft, readRecordsFile } from '../format/records-files.ts'
import type { MarkedBatch } from '../journal/end-marks.ts'
import { explainLost, lostEnds } from '../journal/lost-end.ts'
import { tilesBeyond } from '../journal/tile-files.ts'

/**
 * Checks closed files, as far as the manifest names them without a gap: they must be there and be what it says, byte for
 * byte. Files before record `from` are not read.
 */
export function checkClosedFiles(
  directory: string,
  { closed }: Manifest,
  checkpoints: readonly StoredCheckpoint[],
  from: number
): RecordFlaw | undefined {
  const signed = new Set(checkpoints.map(({ size }) => size))
  let next = 0
  for (const entry of closed) {
    const { file, first, end, checkpoint } = entry
    if (first !== next) break
    next = end
    if (checkpoint !== undefined && !signed.has(checkpoint)) {
      const detail = `the manifest says that ${file} was closed behind a checkpoint of ${checkpoint}, which there is not`
      return { index: first, kind: 'changed', detail }
    }
    const problem = checkBytes(directory, entry, end <= from)
    if (problem) return { index: first, ...problem }
  }
  return undefined
}

function checkBytes(
  directory: string,
  entry: ClosedFile,
  isOld: boolean
): Pick<RecordFlaw, 'kind' | 'detail'> | undefined {
  const { file, bytes, sha256 } = entry
  const path = join(directory, file)
  if (!existsSync(path)) return { kind: 'missing', detail: `${file} is not there` }
  if (isOld) return undefined
  let found: Buffer
  try {
    // What an erasure, or retention, has written anew counts before it is in its place.
    found = namedDraft(directory, entry) ?? readIfThere(path)
  } catch (error) {
    if (!AuditError.is(error)) throw error
    return { kind: 'changed', detail: error.message }
  }
  if (found.length === bytes && digestOf(found) === sha256) return undefined
  return { kind: 'changed', detail: `${file} does not have the SHA-256 that the manifest gives` }
}

/** Checks that the files of checkpoints hold nothing else, and that the newest one is among all. */
export function checkCheckpointFiles(directory: string): RecordFlaw | undefined {
  // First, because a writer adds to the list before it replaces this one.
  const newest = readIfThere(join(directory, CHECKPOINT)).toString('utf8')
  const lines = readLines(join(directory, CHECKPOINTS))
  const stray = strayCheckpointLine(lines)
  if (stray) return { index: stray.after, kind: 'bad signature', detail: stray.detail }
  const checkpoints = checkpointsIn(lines)
  // A loss of power may leave it empty, or an older one.
  if (newest === '' || checkpoints.some(({ note }) => note.startsWith(newest))) return undefined
  const detail = `the file ${CHECKPOINT} holds none of the checkpoints in ${CHECKPOINTS}`
  return { index: checkpoints.at(-1)?.size ?? 0, kind: 'bad signature', detail }
}

/**
 * Checks that what a writer had before its newest batch is there, with the file that it had opened for the batch, and the
 * batch once it was stored. Where it was killed before that, the batch itself may be missing, in part or whole.
 *
 * @param marked The newest marked batch (`markedBatch`), read before the records were.
 */
export function checkMarkedEnd(
  directory: string,
  size: number,
  marked: MarkedBatch | undefined
): RecordFlaw | undefined {
  if (!marked) return undefined
  const { from, to, isStored } = marked
  const had = isStored ? to : from
  if (had < size) return undefined
  if (had === size && (isStored || readRecordsFile(directory, size))) return undefined
  const what = had === size ? `${recordsName(size)} is not there` : `the log had ${had} records`
  const detail = `${what}, by the mark of a writer in the file ${END_MARK}`
  return { index: size, kind: 'truncated tail', detail }
}

/** What was found lost of the end of the log when it was opened, and is for good: what was set aside then says it. */
export function checkLostEnds(directory: string): RecordFlaw | undefined {
  const [lost] = lostEnds(directory)
  if (!lost) return undefined
  return { index: lost.from, kind: 'truncated tail', detail: explainLost(lost) }
}

/**
 * How many files look like the log's and are not: of records that no manifest names and that follow nothing, and
 * tiles that the tree does not have, and a file `checkpoint` with one of before.
 */
export function countStrays(directory: string, names: ReadonlySet<string>, size: number): number {
  const files = readdirSync(directory).filter(
    (name) => name.startsWith('records-') && !name.endsWith('.new')
  )
  const newest = readIfThere(join(directory, CHECKPOINT)).toString('utf8')
  const isOld = newest !== '' && !newestCheckpoint(directory)?.note.startsWith(newest)
  return (
    files.filter((name) => !names.has(name)).length +
    tilesBeyond(directory, size).length +
    (isOld ? 1 : 0)
  )
}

/** The names of the files that hold a log: the closed ones, what they were packed from, and the open ones. */
export function namesOfFiles({ closed }: Manifest, open: readonly string[]): ReadonlySet<string> {
  return new Set([...closed.flatMap(({ file, first }) => [file, recordsName(first)]), ...open])
}
