import { join } from 'node:path'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { appendLines, type FileSystem, readIfThere, readLines, replaceFile } from './files.ts'
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
    const known = notes.get(Number(size))
    if (typeof note === 'string' && known === undefined) notes.set(Number(size), note)
    else if (typeof cosignature === 'string' && known !== undefined) {
      notes.set(Number(size), `${known}${cosignature}\n`)
    }
  }
  return [...notes].map(([size, note]) => ({ size, note })).sort((a, b) => a.size - b.size)
}

/** A checkpoint as a line. */
export function checkpointLine({ size, note }: StoredCheckpoint): string {
  return JSON.stringify({ size, note })
}

/** The checkpoint that was signed last, without cosignatures. */
export function newestCheckpoint(directory: string): StoredCheckpoint | undefined {
  const note = readIfThere(join(directory, CHECKPOINT)).toString('utf8')
  try {
    return { size: parseCheckpoint(note).size, note }
  } catch {
    // It is not there, or was lost with the power: the list has it.
    return readCheckpoints(directory).at(-1)
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
