import { chmodSync, chownSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { AuditError, messageOf } from '../../base/error.ts'
import { writeKeyFile } from '../signer.ts'
import { newWrappingKey } from '../wrapping-keys.ts'

/**
 * Puts a new wrapping key before those of a file: at once, or not at all. Several processes may do so, for logs that share
 * the file: of each draft there is one, and it comes into its place only while it has all keys that are there. Throws
 * AuditError `bad_key` where whoever reads the file could not read what takes its place.
 *
 * @param keyFile The file that a link leads to, so that whoever reads it by its own name has the new key as well.
 */
export function addWrappingKey(keyFile: string): void {
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
