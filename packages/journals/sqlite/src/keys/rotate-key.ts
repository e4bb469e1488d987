import { randomUUID } from 'node:crypto'
import { existsSync } from 'node:fs'
import {
  checkKeptHeads,
  endMark,
  keepHead,
  keptHeadPaths,
  type OpenedSigner,
  pendingKeyChange,
  readKeptHeads,
  rotateSigningKeyFile,
  signedByAll
} from '@slm-audit/core/node'
import type { Signer } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { NewestKey } from '../store/key-records.ts'
import { openForReading, openForWriting } from '../store/open-database.ts'
import { originOf } from '../store/schema.ts'
import { rowOf, Writer } from '../store/writer.ts'
import { lockedWriters } from '../store/writer-lock.ts'
import { admitKey } from './admit-key.ts'
import { checkpointStore, storeCheckpoint } from './checkpoint-store.ts'
import { recordUnsigned } from './unsigned-tail.ts'

/**
 * Gives a log another key: the change is a record, and the checkpoint behind it is signed by both
 * keys, so that whoever trusts the old key can trust the new one. Writers that are running take
 * the new key of a key file by themselves. Rejects with AuditError `bad_key`, and `history_rewritten`
 * for a log that does not continue the heads that were kept of it.
 *
 * @param keyFile The file of the old key, where it is in one.
 */
export async function rotateKey(
  file: string,
  from: OpenedSigner,
  to: OpenedSigner,
  keyFile?: string
): Promise<void> {
  const database = openForWriting(file, 'disk', from.key.name)
  try {
    const origin = originOf(database)
    const writer = new Writer(database, randomUUID())
    const newest = new NewestKey(database)
    admitKey(database, writer, newest, from, origin)
    const places = { keyFile, stateFolder: isInStateFolder(database, newest.get()) }
    const store = checkpointStore(database, writer, newest, places)
    const { headPaths, proof } = store
    checkKeptHeads(readKeptHeads(headPaths()), origin, writer.head(), proof)
    const hasWriters = lockedWriters(file).length > 0
    recordUnsigned(database, writer, { hasWriters, signer: from, store })
    writer.markEnds((head) => endMark(to, origin, head))
    const change = pendingKeyChange(from, to, origin)
    database.exec('BEGIN IMMEDIATE')
    try {
      writer.append([rowOf(change)])
      const head = writer.head()
      const note = await signedByAll(origin, head, [from, to])
      storeCheckpoint(database, head.size, note)
      database.exec('COMMIT')
      keepHead(headPaths(), note)
    } catch (error) {
      if (database.inTransaction) database.exec('ROLLBACK')
      throw error
    }
  } finally {
    database.close()
  }
}

/** Whether the log's head is kept in the state folder, which whoever writes the log may have turned off. */
function isInStateFolder(database: Database, key: string | undefined): boolean {
  const kept = keptHeadPaths({ log: database.name, origin: originOf(database), key })
  return kept.some((path) => existsSync(path))
}

/**
 * `rotateKey` for a key in a file: makes the new key and puts it in the old one's place. A process
 * killed in between leaves the new key beside it, and the next opening of the log takes it, as does the next run.
 */
export async function rotateKeyFile(file: string, keyFile: string): Promise<Signer> {
  // What is no log is told as that, before its key is looked for.
  openForReading(file).close()
  return await rotateSigningKeyFile(keyFile, {
    newestKey() {
      const database = openForReading(file)
      try {
        return new NewestKey(database).get()
      } finally {
        database.close()
      }
    },
    // The record and the checkpoint that both have signed are one transaction.
    change: (from, to, isRecorded) => (isRecorded ? undefined : rotateKey(file, from, to, keyFile))
  })
}
