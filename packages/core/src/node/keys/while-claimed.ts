import { chmodSync, chownSync, readFileSync, statSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { AuditError, messageOf } from '../../base/error.ts'
import { takeClaim } from './key-file-claim.ts'

/** How long one rotation waits for another that replaces the same file, in milliseconds. */
const MOST_WAIT_MS = 10_000
const RETRY_MS = 10

/**
 * Replaces a key file, or what is in it, while nobody else does: several processes come one after the other. Rejects with
 * AuditError `bad_key` where another one does not come to its end, and as `replace` does.
 *
 * @param keyFile The file that a link leads to.
 * @param replace Is given what the file says.
 */
export async function whileClaimed<T>(
  keyFile: string,
  replace: (keys: string) => T | Promise<T>
): Promise<T> {
  const deadline = performance.now() + MOST_WAIT_MS
  for (;;) {
    const keys = readFileSync(keyFile, 'utf8')
    const { path, giveUp } = takeClaim(keyFile, keys)
    try {
      // Whoever claimed these keys before may have put others in their place.
      if (giveUp && readFileSync(keyFile, 'utf8') === keys) return await replace(keys)
    } finally {
      giveUp?.()
    }
    if (performance.now() >= deadline) {
      const message = `another process replaces ${keyFile} and does not end; rotate again later, or take ${path} away if there is none`
      throw new AuditError('bad_key', message)
    }
    await setTimeout(RETRY_MS)
  }
}

/**
 * Has whoever could read a file be able to read what takes its place: the application may run as another user. Throws
 * AuditError `bad_key` where that cannot be.
 */
export function keepReaders(draft: string, keyFile: string): void {
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
