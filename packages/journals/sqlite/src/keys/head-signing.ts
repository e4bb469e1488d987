import { checkKeptHeads, keepHead, type OpenedSigner, readKeptHeads } from '@slm-audit/core/node'
import { formatCheckpoint, formatNote, signNote } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { NewestKey } from '../store/key-records.ts'
import { originOf } from '../store/schema.ts'
import type { Writer } from '../store/writer.ts'
import { lockedWriters } from '../store/writer-lock.ts'
import { admitKey } from './admit-key.ts'
import { checkpointStore, type HeadPlaces, storeCheckpoint } from './checkpoint-store.ts'
import { recordUnsigned } from './unsigned-tail.ts'

/**
 * Makes sure that a signer may sign a log as it is, for programs that add to it without being its
 * application. Gives a function that signs the log's head, once what is to be signed is stored.
 *
 * Throws AuditError `bad_key` for a key that is not the log's, and `history_rewritten` for a log that
 * does not continue the heads that were kept of it.
 */
export function headSigning(
  database: Database,
  writer: Writer,
  signer: OpenedSigner,
  places: HeadPlaces
): () => Promise<void> {
  const origin = originOf(database)
  const newest = new NewestKey(database)
  admitKey(database, writer, newest, signer, origin)
  const store = checkpointStore(database, writer, newest, places)
  const { headPaths, proof } = store
  checkKeptHeads(readKeptHeads(headPaths()), origin, writer.head(), proof)
  const hasWriters = lockedWriters(database.name).length > 0
  recordUnsigned(database, writer, { hasWriters, signer, store })
  return async () => {
    const { size, root } = writer.head()
    const text = formatCheckpoint({ origin, size, root })
    const note = formatNote({ text, signatures: [await signNote(text, signer)] })
    storeCheckpoint(database, size, note)
    keepHead(headPaths(), note)
  }
}
