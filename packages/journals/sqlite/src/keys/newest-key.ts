import { type AuditRecord, eventDraft, KEY_ADDED } from '@slm-audit/core'
import { isKeyToRecord } from '@slm-audit/core/node-journal'
import { formatVerifierKey, type Signer } from '@slm-audit/core/tlog'
import type { Database } from 'better-sqlite3'
import { rowOf, type Writer } from '../store/writer.ts'

/** The key that a log was given last, if any. */
export function newestKey(database: Database): string | undefined {
  const header = database
    .prepare(
      `SELECT header FROM records WHERE idx =
        (SELECT id FROM calls WHERE kind = 'key.added' AND stage = 'event' ORDER BY id DESC LIMIT 1)`
    )
    .pluck()
    .get()
  if (header === undefined) return undefined
  return String((JSON.parse(String(header)) as AuditRecord).event?.key)
}

/**
 * Makes sure that the log knows the key that will sign it: the first one is recorded, another one
 * is refused. Throws AuditError `bad_key`.
 */
export function admitKey(
  database: Database,
  writer: Writer,
  { key }: Signer,
  origin: string
): void {
  database
    .transaction(() => {
      if (!isKeyToRecord(newestKey(database), key, origin)) return
      writer.append([rowOf(eventDraft(KEY_ADDED, { key: formatVerifierKey(key) }))])
    })
    .immediate()
}
