import { renameSync, rmSync } from 'node:fs'
import { keepReaders, whileClaimed } from '../keys/while-claimed.ts'
import { writeKeyFile } from '../signer.ts'
import { newWrappingKey } from '../wrapping-keys.ts'

/**
 * Puts a new wrapping key before those of a file: at once, or not at all. Several processes may do so, for logs that share
 * the file, one after the other: each adds its key to all that are there. Rejects with AuditError `bad_key` where whoever
 * reads the file could not read what takes its place, and where another process does not come to its end.
 *
 * @param keyFile The file that a link leads to, so that whoever reads it by its own name has the new key as well.
 */
export async function addWrappingKey(keyFile: string): Promise<void> {
  await whileClaimed(keyFile, (keys) => putBefore(keyFile, keys))
}

function putBefore(keyFile: string, keys: string): void {
  const draft = `${keyFile}.next`
  // A rotation that was killed may have left one, of keys that were there then.
  rmSync(draft, { force: true })
  writeKeyFile(draft, `${newWrappingKey()}\n${keys.trim()}`)
  keepReaders(draft, keyFile)
  renameSync(draft, keyFile)
}
