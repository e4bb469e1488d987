import { KEY_ADDED, pendingEvent } from '@slm-audit/core/journal'
import { isKeyToRecord } from '@slm-audit/core/node'
import { formatVerifierKey, type Signer } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import type { NewestKey } from '../store/key-records.ts'
import { rowOf, type Writer } from '../store/writer.ts'

/**
 * Makes sure that the log knows the key that will sign it: the first one is recorded, another one
 * is refused. Throws AuditError `bad_key`.
 */
export function admitKey(
  database: Database,
  writer: Writer,
  newest: NewestKey,
  { key, custody = 'signer' }: Signer,
  origin: string
): void {
  database
    .transaction(() => {
      if (!isKeyToRecord(newest.get(), key, origin)) return
      writer.append([rowOf(pendingEvent(KEY_ADDED, { key: formatVerifierKey(key), custody }))])
    })
    .immediate()
}
