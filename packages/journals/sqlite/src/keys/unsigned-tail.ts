import { pendingUnsigned, type UnsignedEnd } from '@slm-audit/core/journal'
import {
  type CheckpointStore,
  continuesHeads,
  endMark,
  type OpenedSigner,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import { formatVerifierKey } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { newestOwnCheckpoint } from '../store/own-checkpoint.ts'
import { readEndMark } from '../store/stored-checkpoints.ts'
import { rowOf, type Writer } from '../store/writer.ts'

/** Whether a checkpoint covers all records. */
export function isSigned(database: Database, writer: Writer): boolean {
  return writer.size() <= (newestOwnCheckpoint(database).newest?.size ?? 0)
}

/** What `recordUnsigned` is told. */
interface Opening {
  /** Whether a lock of another writer lay beside the file. */
  readonly hasWriters: boolean
  /** What is going to sign the log. */
  readonly signer: OpenedSigner
  readonly store: Pick<CheckpointStore, 'headPaths' | 'proof' | 'origin' | 'newestKey'>
}

/**
 * Says in the log that its end had no signature and nothing that explains it, before it is signed. Gives what stood
 * there; `undefined` where all is as it should be. What the writer appends is marked from then on. Throws SQLite's
 * error.
 */
export function recordUnsigned(
  database: Database,
  writer: Writer,
  { hasWriters, signer, store }: Opening
): UnsignedEnd | undefined {
  const { origin } = store
  // A log that has another key is not signed with this one, which opening it says.
  if ((store.newestKey() ?? keyOf(signer)) !== keyOf(signer)) return undefined

  const headPaths = store.headPaths()
  const find = (): UnsignedEnd | undefined => {
    const head = writer.head()
    // A log that does not continue its heads is not signed at all.
    if (!continuesHeads(readKeptHeads(headPaths), origin, head, store.proof)) return undefined

    const mark = endMark(signer, origin, head)
    const isMarked = mark === undefined ? undefined : mark === readEndMark(database)
    const signed = newestOwnCheckpoint(database).newest?.size ?? 0
    return unsignedEnd({ size: head.size, signed, isMarked, hasWriters, headPaths })
  }
  // Alone, so that no other writer appends between the records and their mark.
  const end = database.transaction(find).immediate()
  writer.markEnds((head) => endMark(signer, origin, head))
  if (end) writer.append([rowOf(pendingUnsigned(end))])
  return end
}

const keyOf = ({ key }: OpenedSigner): string => formatVerifierKey(key)
