import { statSync } from 'node:fs'
import { decrypterFor } from '../format/age.ts'
import type { LogSource } from './source.ts'
import { openDirectory } from './source-directory.ts'
import { openFile } from './source-file.ts'

/** Options of `openLogSource`. */
export interface LogSourceOptions {
  /** age identities (`AGE-SECRET-KEY-1…`) for what is encrypted. */
  readonly identities?: readonly string[]
}

/**
 * Opens a log for reading: a directory that `fileJournal` or `fileExporter` wrote, or one file of
 * JSON Lines that holds a whole log, also compressed (`.gz`, `.zst`) and encrypted (`.age`).
 * Rejects with AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`, `bad_key`.
 */
export async function openLogSource(
  path: string,
  options: LogSourceOptions = {}
): Promise<LogSource> {
  const decrypt = await decrypterFor(options.identities ?? [])
  const isDirectory = statSync(path, { throwIfNoEntry: false })?.isDirectory()
  return isDirectory ? openDirectory(path, decrypt) : openFile(path, decrypt)
}
