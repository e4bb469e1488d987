import type { Reader } from '@slm-audit/core/reader'
import { realFile } from './driver/real-file.ts'
import { type DatabaseEncryption, unlockWith } from './encryption/unlock.ts'
import { SqliteReader } from './read/reader.ts'
import { takeInSpools } from './take-in-spools.ts'

/**
 * Opens a log for reading, with a handle that cannot write; writers go on meanwhile. What processes that
 * were killed left beside the log is taken into it first, where this process may write it and its key is
 * there. `encryption` has the key of an encrypted database. Rejects with AuditError: `journal_unavailable`,
 * `journal_damaged`, `journal_newer`, `bad_key`.
 */
export async function openReader(
  path: string,
  { encryption }: { readonly encryption?: DatabaseEncryption } = {}
): Promise<Reader> {
  const file = realFile(path)
  await unlockWith(file, encryption)
  await takeInSpools(file)
  return new SqliteReader(file)
}
