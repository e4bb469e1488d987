import { userName } from '@slm-audit/core/node'
import { type ContentsView, decideAccess } from '@slm-audit/core/reader'
import { type OpenSealedOptions, openSealedLog, viewOf } from '@slm-audit/sqlite'
import { isLogAddress, loadPostgres, refuseCopy } from '../base/log-address.ts'
import type { ExportedLog } from './export-calls.ts'

/** Opens a log for its sealed records: a database, or one on a server. Rejects with AuditError. */
export async function openExportedLog(
  file: string,
  options: OpenSealedOptions = {}
): Promise<ExportedLog & AsyncDisposable> {
  refuseCopy(file)
  if (isLogAddress(file)) {
    return await (await loadPostgres()).openPostgresLog({ url: file, ...options })
  }
  const log = openSealedLog(file, options)
  return { ...log, [Symbol.asyncDispose]: async () => log[Symbol.dispose]() }
}

/** How much of a log's contents may be exported by whoever asks. Throws AuditError `denied`. */
export function exportedView(file: string, access: OpenSealedOptions['access'] = {}): ContentsView {
  refuseCopy(file)
  if (isLogAddress(file)) return decideAccess(access, userName()).contents
  return viewOf(file, access)
}
