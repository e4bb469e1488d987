import { dirname } from 'node:path'
import type { Cipher } from '../format/age.ts'
import { bytesOf, type FileSystem, replaceFile, syncDirectory } from '../format/files.ts'
import { fieldsOf, fromBase64, toBase64 } from '../format/record-line.ts'

/** Notes beside the records of a log what has begun; encrypted where the log is, since it says what only they say. */
export async function notePending(
  files: FileSystem,
  path: string,
  pending: object,
  encrypt: Cipher | undefined
): Promise<void> {
  const text = JSON.stringify(pending)
  const stored = encrypt
    ? JSON.stringify({ age: toBase64(await encrypt(Buffer.from(text))) })
    : text
  replaceFile(files, path, Buffer.from(stored))
  syncDirectory(files, dirname(path))
}

/**
 * What is noted so: `undefined` where nothing has begun, and no members where that cannot be read. Rejects with AuditError
 * `bad_key` where it cannot be decrypted.
 */
export async function readPending(
  path: string,
  decrypt: Cipher
): Promise<{ readonly [name: string]: unknown } | undefined> {
  const bytes = bytesOf(path)
  if (!bytes) return undefined
  const fields = fieldsOf(bytes.toString('utf8'))
  if (fields?.age === undefined) return fields ?? {}
  return fieldsOf(Buffer.from(await decrypt(fromBase64(fields.age))).toString('utf8')) ?? {}
}

/** All of it is done. */
export function endPending(files: FileSystem, path: string): void {
  files.rmSync(path, { force: true })
  syncDirectory(files, dirname(path))
}
