import { AuditError } from '@slm-audit/core/journal'
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
  /** The file that its last records are in, for people. */
  readonly path: string
  readonly origin: string
  /** Its newest key, as a verifier key; nothing is believed before it has one. */
  readonly key: string | undefined
  readonly head: TreeHead
}

/** So many of the largest are looked at: an append waits for it. */
const MOST = 64

/**
 * Throws AuditError `journal_damaged` where a checkpoint that the log's key has signed says that more was there than is,
 * or something else. What nobody of the log has signed decides about nothing; verification names it.
 */
export function checkSignedEnd(log: EndedLog): void {
  const { directory, path, head } = log
  const newest = newestCheckpoint(directory)
  if (!newest || newest.size < head.size) return
  const found = isOwn(newest, log)
    ? newest
    : readCheckpoints(directory)
        .slice(-MOST)
        .findLast((each) => isOwn(each, log))
  if (!found || found.size < head.size) return
  if (found.size === head.size && sameBytes(parseCheckpoint(found.note).root, head.root)) return
  throw new AuditError(
    'journal_damaged',
    `the end of ${path} is not as it was written: a checkpoint signs ${found.size} records; keep the directory for slm-audit verify and start another`
  )
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
