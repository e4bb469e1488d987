import { openSealedLog } from '@slm-audit/sqlite'
import { isLogAddress, loadPostgres } from '../base/log-address.ts'
import type { ExportedLog } from './export-calls.ts'

/** Opens a log for its sealed records: a database, or one on a server. Rejects with AuditError. */
export async function openExportedLog(file: string): Promise<ExportedLog & AsyncDisposable> {
  if (isLogAddress(file)) return await (await loadPostgres()).openPostgresLog({ url: file })
  const log = openSealedLog(file)
  return { ...log, [Symbol.asyncDispose]: async () => log[Symbol.dispose]() }
}
