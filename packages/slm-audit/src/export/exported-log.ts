import { userName } from '@slm-audit/core/node'
import { type ContentsView, decideAccess } from '@slm-audit/core/reader'
import { type OpenSealedOptions, openSealedLog, viewOf } from '@slm-audit/sqlite'
import { isLogAddress, isLogInFiles, loadPostgres, refuseCopy } from '../base/log-address.ts'
import type { ExportedLog } from './export-calls.ts'

/** How a log is opened for its sealed records. */
export interface ExportedLogOptions extends OpenSealedOptions {
  /** The file of age identities of a log in files. */
  readonly identity?: string | undefined
}

/** Opens a log for its sealed records: a database, one in files, or one on a server. Rejects with AuditError. */
export async function openExportedLog(
  file: string,
  { identity, ...options }: ExportedLogOptions = {}
): Promise<ExportedLog & AsyncDisposable> {
  refuseCopy(file)
  if (isLogAddress(file)) {
    return await (await loadPostgres()).openPostgresLog({ url: file, ...options })
  }
  if (isLogInFiles(file)) {
    const log = await openFiles(file, { identity, ...options })
    return { ...log, [Symbol.asyncDispose]: async () => undefined }
  }
  const log = openSealedLog(file, options)
  return { ...log, [Symbol.asyncDispose]: async () => log[Symbol.dispose]() }
}

/** Opens a log in files for its sealed records and its tiles. Rejects with AuditError. */
export async function openFiles(file: string, { identity, ...options }: ExportedLogOptions = {}) {
  const { openSealedFiles, readIdentities } = await import('@slm-audit/file')
  const identities = identity === undefined ? [] : readIdentities(identity)
  return await openSealedFiles(file, { identities, ...options })
}

/** How much of a log's contents may be exported by whoever asks. Rejects with AuditError `denied`. */
export async function exportedView(
  file: string,
  access: OpenSealedOptions['access'] = {}
): Promise<ContentsView> {
  refuseCopy(file)
  if (isLogAddress(file)) return decideAccess(access, userName()).contents
  if (isLogInFiles(file)) return (await import('@slm-audit/file')).viewOf(file, access)
  return viewOf(file, access)
}
