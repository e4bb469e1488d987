import { join } from 'node:path'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import {
  appendLines,
  type FileSystem,
  lastLines,
  readIfThere,
  readLines,
  replaceFile
} from './files.ts'
import { CHECKPOINT, CHECKPOINTS } from './layout.ts'
import { fieldsOf } from './record-line.ts'

/** A signed checkpoint with its cosignatures. */
export interface StoredCheckpoint {
  readonly size: number
  readonly note: string
}

/** All signed checkpoints of a directory, ascending. */
export function readCheckpoints(directory: string): StoredCheckpoint[] {
  return checkpointsIn(readLines(join(directory, CHECKPOINTS)))
}

/** The signed checkpoints among some lines, ascending. */
export function checkpointsIn(lines: readonly string[]): StoredCheckpoint[] {
  const notes = new Map<number, string>()
  for (const line of lines) {
    if (!line.startsWith('{"size":')) continue
    const { size, note, cosignature } = fieldsOf(line) ?? {}
    if (typeof size !== 'number') continue
    const known = notes.get(size)
    if (typeof note === 'string' && known === undefined) notes.set(size, note)
    else if (typeof cosignature === 'string' && known !== undefined) {
      notes.set(size, `${known}${cosignature}\n`)
    }
  }
  return [...notes].map(([size, note]) => ({ size, note })).sort((a, b) => a.size - b.size)
}

/**
 * What is wrong with the first line that is none of those that the log writes, and the size of the
 * checkpoint before it: each checkpoint once, in order, and signatures of others on one that stands before.
 */
export function strayCheckpointLine(
  lines: readonly string[]
): { readonly after: number; readonly detail: string } | undefined {
  const seen = new Set<string>()
  let after = 0
  for (const line of lines) {
    const { size, note, cosignature } = fieldsOf(line) ?? {}
    const isLine = (text: unknown, fields: object) =>
      typeof size === 'number' && typeof text === 'string' && line === JSON.stringify(fields)
    const isNote = isLine(note, { size, note }) && Number(size) > after
    const isCosignature = isLine(cosignature, { size, cosignature }) && seen.has(String(size))
    if (!isNote && !isCosignature) {
      return {
        after,
        detail: `${CHECKPOINTS} has a line that the log did not write behind size ${after}`
      }
    }
    if (isNote) after = Number(size)
    seen.add(String(size))
  }
  return undefined
}

/** A checkpoint as a line. */
export function checkpointLine({ size, note }: StoredCheckpoint): string {
  return JSON.stringify({ size, note })
}

/**
 * The checkpoint that was signed last. The list has it, whatever became of the file `checkpoint`, which a loss of power
 * may leave as it was before.
 */
export function newestCheckpoint(directory: string): StoredCheckpoint | undefined {
  const path = join(directory, CHECKPOINTS)
  const listed = checkpointsIn(lastLines(path)).at(-1) ?? checkpointsIn(readLines(path)).at(-1)
  const note = readIfThere(join(directory, CHECKPOINT)).toString('utf8')
  try {
    const { size } = parseCheckpoint(note)
    return listed && listed.size >= size ? listed : { size, note }
  } catch {
    return listed
  }
}

/** Adds a signed checkpoint and makes it the newest one. */
export function addCheckpoint(
  files: FileSystem,
  directory: string,
  { size, note }: StoredCheckpoint
): void {
  appendLines(files, join(directory, CHECKPOINTS), [checkpointLine({ size, note })])
  replaceFile(files, join(directory, CHECKPOINT), Buffer.from(note), false)
}

/** Adds what others have signed of a checkpoint. */
export function addCosignatures(
  files: FileSystem,
  directory: string,
  size: number,
  lines: readonly string[]
): void {
  const added = lines.map((cosignature) => JSON.stringify({ size, cosignature }))
  appendLines(files, join(directory, CHECKPOINTS), added)
}
