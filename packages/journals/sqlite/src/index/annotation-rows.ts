import { ANNOTATION, parseRecord, type SealedRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { hasSchema } from '../driver/has-schema.ts'
import { prepared } from '../driver/prepared.ts'
import { PARENT_OF } from '../store/migrations/migrations.ts'
import { sealedOfCall } from '../store/sealed-rows.ts'

const ABOUT = `SELECT audit_id FROM main.records
  WHERE stage = 'event' AND ${PARENT_OF} = ? || '' AND idx < ? + 0 ORDER BY idx`

/**
 * The annotations of a call among the records before an index, in the order of the log. None of a log that was not
 * opened for writing since it could be asked for them: it would take a walk through all of it.
 */
export function annotationsOf(
  database: Database,
  auditId: string,
  until = Number.MAX_SAFE_INTEGER
): SealedRecord[] {
  return eventsAbout(database, auditId, ANNOTATION, until)
}

/** The records of a kind about a call, as `annotationsOf` gives those of annotations. */
export function eventsAbout(
  database: Database,
  auditId: string,
  kind: string,
  until: number
): SealedRecord[] {
  if (!hasSchema(database, 'events_about')) return []
  const rows = prepared(database, ABOUT).all(auditId, until) as { readonly audit_id: string }[]
  const all = rows.flatMap(({ audit_id: id }) => sealedOfCall(database, id))
  return all.filter((sealed) => isOf(sealed, kind))
}

function isOf(sealed: SealedRecord, kind: string): boolean {
  try {
    return parseRecord(sealed).kind === kind
  } catch {
    // Verification tells of a header that cannot be read.
    return false
  }
}
