import { chmodSync, chownSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { type AdminSigning, AuditError, messageOf, pendingEvent } from '@slm-audit/core/journal'
import {
  checkKeyProvider,
  isKeyProvider,
  type KeyProviderSource,
  localKeyProvider,
  newWrappingKey,
  readWrappingKeys,
  userName,
  writeKeyFile
} from '@slm-audit/core/node'
import { realFile } from './driver/real-file.ts'
import { administer } from './keys/administer.ts'
import { checkedProvider } from './store/contents/checked-provider.ts'
import { keysBehind } from './store/contents/key-rows.ts'
import { rewrapKey } from './store/contents/rewrap-key.ts'
import { emptyLog } from './store/empty-log.ts'
import { openForReading } from './store/open-database.ts'
import { originOf } from './store/schema.ts'
import { rowOf } from './store/writer.ts'

/** What a rotation did. */
export interface RotationReport {
  /** Data keys that were wrapped anew. */
  readonly rewrapped: number
  /** Data keys that the wrapping key in use had wrapped already. */
  readonly current: number
  /** Names the wrapping key that is in use. */
  readonly wrappedBy: string
}

/** Who rotates. */
export interface RotationOptions extends AdminSigning {
  /** Where the keys are that data keys are wrapped with; the one in use, and those that were. */
  readonly keys: KeyProviderSource
  /** Who asks for it; the name of the operating system's user unless given. */
  readonly by?: string
}

/**
 * Wraps all data keys of a log with the wrapping key that its provider uses now. Contents, commitments and proofs
 * stay as they are; applications may go on writing. Each key is replaced by itself, once it is known that the provider
 * opens the new form: killed in the middle, all of them can be read, and another run finishes. A record says so.
 *
 * Rejects with AuditError `bad_key` for a key that the provider does not open, and where it does not answer: those before
 * are wrapped anew.
 */
export async function rotateContentsKeys(
  path: string,
  { keys, by = userName(), ...signing }: RotationOptions
): Promise<RotationReport> {
  checkKeyProvider(keys)
  const provider = checkedProvider(isKeyProvider(keys) ? keys : localKeyProvider(keys))
  const { id: wrappedBy } = await provider.describe()
  return await administer(realFile(path), signing, async ({ database, writer }) => {
    database.pragma('secure_delete = ON')
    const origin = originOf(database)
    let [rewrapped, current] = [0, 0]
    for (let last = 0; ; ) {
      const rows = keysBehind(database, last)
      for (const row of rows) {
        if (row.wrapped === null) continue
        if (row.wrapped_by === wrappedBy) current++
        else if (await rewrapKey(database, row, { provider, origin, wrappedBy })) rewrapped++
      }
      const newest = rows.at(-1)
      if (!newest) break
      last = newest.id
    }
    if (rewrapped > 0) {
      const who = { name: 'by', type: 'text/plain', body: by.toWellFormed() }
      writer.append([rowOf(pendingEvent('contents.rewrapped', { keys: rewrapped }, [who]))])
    }
    emptyLog(database)
    return { rewrapped, current, wrappedBy }
  })
}

/**
 * `rotateContentsKeys` with a new wrapping key at the head of a file; the keys that are in it stay, as copies of the
 * log need them. Where the last rotation did not come to its end, it is finished with the key that it made.
 */
export async function rotateContentsKeyFile(
  path: string,
  keyFile: string,
  signing: Omit<RotationOptions, 'keys'> = {}
): Promise<RotationReport> {
  // The file that a link leads to, so that whoever reads it by its own name has the new key as well.
  const keys = { file: realFile(keyFile) }
  const [first] = readWrappingKeys(keys)
  if (!hasOtherKeys(path, first?.id)) addFirst(keys.file)
  return await rotateContentsKeys(path, { ...signing, keys })
}

/** Whether some data keys of a log are wrapped with another key. */
function hasOtherKeys(path: string, id: string | undefined): boolean {
  const database = openForReading(realFile(path))
  try {
    for (let last = 0; ; ) {
      const rows = keysBehind(database, last)
      if (rows.some((row) => row.wrapped !== null && row.wrapped_by !== id)) return true
      const newest = rows.at(-1)
      if (!newest) return false
      last = newest.id
    }
  } finally {
    database.close()
  }
}

/**
 * Puts a new key before those of a file: at once, or not at all. Several processes may do so, for logs that share the
 * file: of each draft there is one, and it comes into its place only while it has all keys that are there.
 */
function addFirst(keyFile: string): void {
  const draft = `${keyFile}.next`
  for (;;) {
    writeKeyFile(draft, `${newWrappingKey()}\n${keysIn(keyFile)}`)
    try {
      // One that a killed rotation left is as good, unless the file has changed since.
      if (keysIn(draft).endsWith(`\n${keysIn(keyFile)}`)) {
        keepReaders(draft, keyFile)
        renameSync(draft, keyFile)
        return
      }
      rmSync(draft)
    } catch (cause) {
      // Another process was quicker with this draft.
      if ((cause as NodeJS.ErrnoException).code !== 'ENOENT') throw cause
    }
  }
}

/**
 * Has whoever could read a file be able to read what takes its place: the application may run as another user. Throws
 * AuditError `bad_key` where that cannot be.
 */
function keepReaders(draft: string, keyFile: string): void {
  const { mode, uid, gid } = statSync(keyFile)
  const own = statSync(draft)
  try {
    if (own.uid !== uid || own.gid !== gid) chownSync(draft, uid, gid)
    chmodSync(draft, mode & 0o777)
  } catch (cause) {
    const message = `the key file ${keyFile} cannot keep its owner (${messageOf(cause)}); rotate as the user that owns it`
    throw new AuditError('bad_key', message, { cause })
  }
}

function keysIn(keyFile: string): string {
  return readFileSync(keyFile, 'utf8').trim()
}
