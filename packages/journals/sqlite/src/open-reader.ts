import { existsSync } from 'node:fs'
import { takeInLeft } from '@slm-audit/core/node'
import type { Reader } from '@slm-audit/core/reader'
import { spoolsOf, sqliteJournal } from './journal.ts'
import { SqliteReader } from './read/reader.ts'
import { realFile } from './store/real-file.ts'

/**
 * Opens a log for reading, with a handle that cannot write; writers go on meanwhile. What processes that
 * were killed left beside the log is taken into it first, where this process may write it and its key is
 * there. Rejects with AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`.
 */
export async function openReader(path: string): Promise<Reader> {
  const file = realFile(path)
  if (existsSync(`${file}.key`)) await takeInLeft(spoolsOf(file), () => sqliteJournal({ file }))
  return new SqliteReader(file)
}
