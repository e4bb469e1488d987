import { ACCESS, parseRecord, pendingUnsigned, type UnsignedEnd } from '@slm-audit/core/journal'
import {
  type CheckpointStore,
  continuesHeads,
  endMark,
  nodeSha256,
  type OpenedSigner,
  readKeptHeads,
  unsignedEnd
} from '@slm-audit/core/node'
import { Frontier, formatVerifierKey, hashReader, type TreeHead } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'

import { newestOwnCheckpoint } from '../store/own-checkpoint.ts'
import { readEndMark } from '../store/stored-checkpoints.ts'
import { tileReader } from '../store/tree.ts'

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
  /** What signs it later on: another one once its key was changed; `signer` unless given. */
  readonly signerNow?: () => OpenedSigner
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
  { hasWriters, signer, signerNow, store }: Opening
): UnsignedEnd | undefined {
  const { origin } = store
  // A log that has another key is not signed with this one, which opening it says.
  if ((store.newestKey() ?? keyOf(signer)) !== keyOf(signer)) return undefined

  const headPaths = store.headPaths()
  let isContinued = false
  const find = (): UnsignedEnd | undefined => {
    const head = writer.head()
    // A log that does not continue its heads is not signed at all.
    isContinued = continuesHeads(readKeptHeads(headPaths), origin, head, store.proof)
    if (!isContinued) return undefined

    const signed = newestOwnCheckpoint(database).newest?.size ?? 0
    const marked = markedSize(database, signer, origin, head)
    const areExplained = areAccesses(database, Math.max(signed, marked))
    const isMarked = areExplained || !signer.signNow ? areExplained || undefined : false
    return unsignedEnd({ size: head.size, signed, isMarked, hasWriters, headPaths })
  }
  // Alone, so that no other writer appends between the records and their mark.
  const end = database.transaction(find).immediate()
  // What is recorded while nothing is signed is told once it is.
  if (isContinued) writer.markEnds((head) => endMark(signerNow?.() ?? signer, origin, head))
  if (end) writer.append([rowOf(pendingUnsigned(end))])
  return end
}

/** The size of the log that its newest mark is of; 0 without one, and for one that was not made with the key. */
function markedSize(
  database: Database,
  signer: OpenedSigner,
  origin: string,
  head: TreeHead
): number {
  const { size, mark } = readEndMark(database) ?? { size: 0, mark: '' }
  if (size === 0 || size > head.size) return 0
  const read = hashReader(tileReader(database), nodeSha256)
  const root = size === head.size ? head.root : Frontier.load(size, read, nodeSha256).root()
  return endMark(signer, origin, { size, root }) === mark ? size : 0
}

/** Whether all records from an index on say who read the log: readers have no key, and add nothing else. */
function areAccesses(database: Database, from: number): boolean {
  const rows = database.prepare('SELECT header FROM records WHERE idx >= ? ORDER BY idx')
  for (const { header } of rows.iterate(from) as IterableIterator<{ readonly header: string }>) {
    const { kind, stage } = parseRecord({ header: String(header) })
    if (kind !== ACCESS || stage !== 'event') return false
  }
  return true
}

const keyOf = ({ key }: OpenedSigner): string => formatVerifierKey(key)
