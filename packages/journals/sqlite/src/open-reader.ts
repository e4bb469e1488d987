import { realFile } from '@slm-audit/core/node'
import { type AccessOptions, guardReader, type Reader } from '@slm-audit/core/reader'
import { accessOf } from './access/access-of.ts'
import { type DatabaseEncryption, unlockWith } from './encryption/unlock.ts'
import { SqliteReader } from './read/reader.ts'
import { takeInSpools } from './take-in-spools.ts'

/** Options of `openReader`. */
export interface OpenReaderOptions {
  /** The key of an encrypted database. */
  readonly encryption?: DatabaseEncryption
  /** Who reads, why, and how much of the contents: docs/guide/access.md. */
  readonly access?: AccessOptions
  /** Whether what is listed is about to be exported, and recorded as that; false unless given. */
  readonly isExport?: boolean
  /** Whether each access is recorded where the log does not ask for that, too; false unless given. */
  readonly isAudited?: boolean
}

/**
 * Opens a log for reading, with a handle that cannot write; writers go on meanwhile. What processes that
 * were killed left beside the log is taken into it first, where this process may write it and its key is
 * there. A log that records who reads it gets a record of each access before anything is given. Rejects with
 * AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`, `bad_key`, `bad_option`, `denied`, and
 * `bad_policy` for roles that cannot be read.
 */
export async function openReader(
  path: string,
  { encryption, access: asked, isExport = false, isAudited = false }: OpenReaderOptions = {}
): Promise<Reader> {
  const file = realFile(path)
  await unlockWith(file, encryption)
  await takeInSpools(file)
  const { access, record } = accessOf(file, asked, isAudited)
  const reader = new SqliteReader(file)
  if (!record && access.contents === 'whole' && access.until === undefined) return reader
  return guardReader(reader, { access, isExport, ...(record && { record }) })
}
