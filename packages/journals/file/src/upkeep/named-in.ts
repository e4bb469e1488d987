import type { RecordScope } from '@slm-audit/core/journal'
import type { Cipher } from '../format/age.ts'
import { readDirectory } from '../journal/read-directory.ts'

/** Whether a header of a log has the user of a scope by the own name. Rejects as reading the log does. */
export async function isNamedIn(
  directory: string,
  decrypt: Cipher,
  { user }: RecordScope
): Promise<boolean> {
  if (user === undefined) return false
  const text = `"user":${JSON.stringify(user.toWellFormed())}`
  for await (const { header } of readDirectory(directory, decrypt)) {
    if (header.includes(text)) return true
  }
  return false
}
