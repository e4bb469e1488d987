import { isSignedBy } from '@slm-audit/core/node'
import { parseCheckpoint, sameBytes, type TreeHead } from '@slm-audit/core/tlog'
import {
  newestCheckpoint,
  readCheckpoints,
  type StoredCheckpoint
} from '../format/checkpoint-file.ts'

/** What is known of a log that is to go on. */
export interface EndedLog {
  readonly directory: string
  readonly origin: string
  /** Its newest key, as a verifier key; nothing is believed before it has one. */
  readonly key: string | undefined
  readonly head: TreeHead
}

/** So many of the largest are looked at: an append waits for it. */
const MOST = 64

/**
 * The size of the newest checkpoint that the log's key has signed and that the log does not continue: it has fewer
 * records, or others. `undefined` where it does. What nobody of the log has signed decides about nothing; verification
 * names it.
 *
 * @param rootAt The root of the tree at a size that it has had.
 */
export function signedOtherwise(
  log: EndedLog,
  rootAt: (size: number) => Uint8Array
): number | undefined {
  const { directory, head } = log
  const newest = newestCheckpoint(directory)
  if (!newest) return undefined
  const found = isOwn(newest, log)
    ? newest
    : readCheckpoints(directory)
        .slice(-MOST)
        .findLast((each) => isOwn(each, log))
  if (!found) return undefined
  const isContinued =
    found.size <= head.size && sameBytes(parseCheckpoint(found.note).root, rootAt(found.size))
  return isContinued ? undefined : found.size
}

function isOwn({ size, note }: StoredCheckpoint, { origin, key }: EndedLog): boolean {
  try {
    const checkpoint = parseCheckpoint(note)
    const isItself = checkpoint.size === size && checkpoint.origin === origin
    return isItself && key !== undefined && isSignedBy(checkpoint.note, key)
  } catch {
    // What is no checkpoint is none of the log's.
    return false
  }
}
