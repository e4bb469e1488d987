import { statSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/journal'
import { decrypterFor } from './format/age.ts'
import type { LogSource } from './source/source.ts'
import { openDirectory } from './source/source-directory.ts'
import { openFile } from './source/source-file.ts'
import { takeInSpools } from './take-in-spools.ts'

/** Options of `openLogSource`. */
export interface LogSourceOptions {
  /** age identities (`AGE-SECRET-KEY-1…`) for what is encrypted. */
  readonly identities?: readonly string[]
}

/**
 * Opens a log for reading: a directory that `fileJournal` or `fileExporter` wrote, or one file of
 * JSON Lines that holds a whole log, also compressed (`.gz`, `.zst`) and encrypted (`.age`). What processes
 * that were killed left in a directory is taken into its log first, where this process may write it, its key
 * is there, and nothing of it is encrypted.
 * Rejects with AuditError: `bad_option` for a pipe, `journal_unavailable`, `journal_damaged`, `journal_newer`, `bad_key`.
 */
export async function openLogSource(
  path: string,
  options: LogSourceOptions = {}
): Promise<LogSource> {
  const decrypt = await decrypterFor(options.identities ?? [])
  const found = statSync(path, { throwIfNoEntry: false })
  if (found?.isFIFO()) {
    const message = `${path} is a pipe, and a log is read more than once; write it to a file first`
    throw new AuditError('bad_option', message)
  }
  if (!found?.isDirectory()) return openFile(path, decrypt)
  await takeInSpools(path)
  return openDirectory(path, decrypt)
}
