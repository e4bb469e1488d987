import { AuditError, type PendingRecord } from '@slm-audit/core/journal'
import { type BatchKeys, checkedProvider, rowSubject, SubjectKeys } from '@slm-audit/core/subjects'
import type { Connection } from '../connection/connection.ts'
import { providerOf } from '../store/contents/content-keys.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { type SecretLog, secretToWriteWith } from '../store/contents/log-secrets.ts'
import { subjectRows } from '../store/contents/subject-rows.ts'
import { originOf } from '../store/schema.ts'
import type { Transact } from './administer.ts'

/**
 * What somebody who looks after a log encrypts records with that say something of calls; `undefined` where its contents are plain.
 * Rejects with AuditError `bad_key` where the keys are not here, and as their provider does.
 */
export async function protectionOf(
  connection: Connection,
  transact: Transact,
  pending: readonly PendingRecord[]
): Promise<BatchKeys | undefined> {
  if (!(await hasDataKeys(connection))) return undefined
  const used = providerOf(connection)
  if (!used) {
    const message = `the contents of the log in ${connection.schema} are encrypted, and so is what is said of them; give the keys (--contents-keys)`
    throw new AuditError('bad_key', message)
  }
  const { settings } = used
  const provider = checkedProvider(used.provider, settings.deadlineMs)
  const log = await secretLogOf(connection, transact)
  const secret = await secretToWriteWith(log, provider)
  const store = subjectRows(log.origin, log.use)
  const rows = pending.map(({ record }) => ({
    auditId: record.auditId,
    subject: rowSubject(record)
  }))
  return await new SubjectKeys({ store, provider, settings, secret }).get(rows)
}

/** A log that somebody looks after, as its secret is asked for. Rejects with AuditError. */
export async function secretLogOf(connection: Connection, transact: Transact): Promise<SecretLog> {
  return {
    origin: await originOf(connection),
    use: (run) => run(connection),
    alone: (run) => transact(() => run(connection))
  }
}
