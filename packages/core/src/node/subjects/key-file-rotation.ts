import { chmodSync, chownSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { AuditError, messageOf } from '../../base/error.ts'
import { writeKeyFile } from '../signer.ts'
import { newWrappingKey } from '../wrapping-keys.ts'
import { takeClaim } from './key-file-claim.ts'

/** How long one rotation waits for another that adds its key to the same file, in milliseconds. */
const MOST_WAIT_MS = 10_000
const RETRY_MS = 10

/**
 * Puts a new wrapping key before those of a file: at once, or not at all. Several processes may do so, for logs that share
 * the file, one after the other: each adds its key to all that are there. Rejects with AuditError `bad_key` where whoever
 * reads the file could not read what takes its place, and where another process does not come to its end.
 *
 * @param keyFile The file that a link leads to, so that whoever reads it by its own name has the new key as well.
 */
export async function addWrappingKey(keyFile: string): Promise<void> {
  const deadline = performance.now() + MOST_WAIT_MS
  for (;;) {
    const keys = readFileSync(keyFile, 'utf8')
    const { path, giveUp } = takeClaim(keyFile, keys)
    try {
      // Whoever claimed these keys before may have put others in their place.
      if (giveUp && readFileSync(keyFile, 'utf8') === keys) return putBefore(keyFile, keys)
    } finally {
      giveUp?.()
    }
    if (performance.now() >= deadline) {
      const message = `another process adds a key to ${keyFile} and does not end; rotate again later, or take ${path} away if there is none`
      throw new AuditError('bad_key', message)
    }
    await setTimeout(RETRY_MS)
  }
}

function putBefore(keyFile: string, keys: string): void {
  const draft = `${keyFile}.next`
  // A rotation that was killed may have left one, of keys that were there then.
  rmSync(draft, { force: true })
  writeKeyFile(draft, `${newWrappingKey()}\n${keys.trim()}`)
  keepReaders(draft, keyFile)
  renameSync(draft, keyFile)
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
