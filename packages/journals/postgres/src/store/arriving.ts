import { AuditError } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'

/** Says whether a log is still being copied, and takes no calls. */
export async function setArriving(connection: Connection, isArriving: boolean): Promise<void> {
  const sql = isArriving
    ? `INSERT INTO ${connection.schema}.meta VALUES ('arriving', 'yes') ON CONFLICT DO NOTHING`
    : `DELETE FROM ${connection.schema}.meta WHERE name = 'arriving'`
  await connection.run(sql)
}

/** Rejects with AuditError `journal_unavailable` while a log is being copied: what is recorded waits in spools. */
export async function checkArrived(connection: Connection): Promise<void> {
  const sql = `SELECT 1 FROM ${connection.schema}.meta WHERE name = 'arriving'`
  if ((await connection.rows(sql)).length === 0) return
  const message = `the log in ${connection.schema} is still being copied; calls wait in the spool until slm-audit copy has ended without --more-to-come`
  throw new AuditError('journal_unavailable', message)
}
