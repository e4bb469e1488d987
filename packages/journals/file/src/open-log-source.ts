import { statSync } from 'node:fs'
import { AuditError } from '@slm-audit/core/journal'
import { type AccessOptions, accessNote } from '@slm-audit/core/reader'
import { decrypterFor } from './format/age.ts'
import type { LogSource } from './source/source.ts'
import { openDirectory } from './source/source-directory.ts'
import { openFile } from './source/source-file.ts'
import { type FilesEncryption, unlockWith } from './subjects/files-encryption.ts'
import { takeInSpools } from './take-in-spools.ts'
import { accessTo } from './upkeep/record-access.ts'

/** Options of `openLogSource`. */
export interface LogSourceOptions {
  /** age identities (`AGE-SECRET-KEY-1…`) for what is encrypted. */
  readonly identities?: readonly string[]
  /** The keys of contents that are encrypted by data subject, of a directory. */
  readonly encryption?: FilesEncryption
  /** Who reads, why, and how much of the contents: docs/guide/access.md. */
  readonly access?: AccessOptions
}

/**
 * Opens a log for reading: a directory that `fileJournal` or `fileExporter` wrote, or one file of
 * JSON Lines that holds a whole log, also compressed (`.gz`, `.zst`) and encrypted (`.age`). What processes
 * that were killed left in a directory is taken into its log first, where this process may write it, its key
 * is there, and nothing of it is encrypted. Where the log records who reads it, that is recorded before the first record is
 * given, and behind a verification.
 * Rejects with AuditError: `bad_option` for a pipe, `journal_unavailable`, `journal_damaged`, `journal_newer`, `bad_key`.
 * Records are refused with `denied` to whoever asks for less than whole contents.
 */
export async function openLogSource(
  path: string,
  options: LogSourceOptions = {}
): Promise<LogSource> {
  const source = await openSource(path, options)
  const { access, record } = await accessTo(path, options.access, options.identities ?? [])
  const isWhole = access.contents === 'whole'
  if (!record && isWhole) return source
  return {
    ...source,
    async verify(asks) {
      const report = await source.verify(asks)
      // It shows no contents, and what is wrong with a log is not to be held back because it cannot be written.
      await record?.(accessNote(access, { action: 'verify', records: report.checked })).catch(
        () => 0
      )
      return report
    },
    async *records(from = 0) {
      if (!isWhole) {
        const message = `sealed records hold whole contents, and ${access.by} is given contents ${access.contents}; read with openFileReader`
        throw new AuditError('denied', message)
      }
      const records = Math.max(0, source.size - from)
      await record?.(accessNote(access, { action: 'export', records }))
      yield* source.records(from)
    }
  }
}

/** `openLogSource` for whoever records accesses otherwise. */
export async function openSource(
  path: string,
  options: Pick<LogSourceOptions, 'identities' | 'encryption'> = {}
): Promise<LogSource> {
  unlockWith(path, options.encryption)
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
