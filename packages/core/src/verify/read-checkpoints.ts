import { messageOf } from '../base/error.ts'
import { type Checkpoint, parseCheckpoint } from '../tlog/checkpoint.ts'
import type { Note } from '../tlog/note.ts'
import { FlawFound } from './flaw.ts'
import type { StoredLog } from './stored-log.ts'

/** A stored checkpoint, parsed, and its text. */
export type SignedCheckpoint = Checkpoint & { readonly note: Note; readonly signed: string }

/**
 * The checkpoints that a log stores beyond a size, ascending. Throws the flaw: one that is no checkpoint of this log, or
 * stored under another size than it says.
 */
export function readCheckpoints(
  { origin, checkpoints }: Pick<StoredLog, 'origin' | 'checkpoints'>,
  from: number
): SignedCheckpoint[] {
  const found: SignedCheckpoint[] = []
  for (const { size, note: signed } of checkpoints()) {
    if (size <= from) continue
    const last = found.at(-1)?.size ?? from
    const parsed = parse(signed, size, last)
    if (parsed.size !== size || parsed.origin !== origin) {
      const detail = `the checkpoint of size ${size} says ${parsed.origin} ${parsed.size}`
      throw new FlawFound(last, 'bad signature', detail)
    }
    found.push({ ...parsed, signed })
  }
  return found
}

function parse(signed: string, size: number, last: number) {
  try {
    return parseCheckpoint(signed)
  } catch (error) {
    const detail = `the checkpoint of size ${size}: ${messageOf(error)}`
    throw new FlawFound(last, 'bad signature', detail)
  }
}
