import {
  ANNOTATION,
  AuditError,
  type AuditRecord,
  CONTENTS_REDACTED,
  parseRecord
} from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import type { Reading } from '../store/contents/content-keys.ts'
import { type RecordWithIds, sealedAt } from '../store/sealed-rows.ts'

/** The kinds of the records about calls that are shown with them. */
const KINDS: readonly unknown[] = [ANNOTATION, CONTENTS_REDACTED]

/**
 * The records of a kind about calls among those before an index, in the order of the log, by the auditId of the call. Those that
 * the index does not have yet are looked for among the newest events. Rejects with AuditError.
 */
export async function eventsAbout(
  connection: Connection,
  kind: string,
  auditIds: readonly string[],
  before = Number.MAX_SAFE_INTEGER,
  reading: Reading = 'closed'
): Promise<Map<string, RecordWithIds[]>> {
  const s = connection.schema
  const isOfKind = `stage = 'event' AND strpos(header, '"kind":"${kind}"') > 0`
  const rows = await connection.rows(
    `SELECT idx FROM ${s}.annotations WHERE about = ANY($1) AND idx < $2
      UNION SELECT idx FROM ${s}.records WHERE idx >= (SELECT reached FROM ${s}.index_state) AND idx < $2
        AND ${isOfKind}
      ORDER BY idx`,
    [auditIds, before]
  )
  const wanted = new Set(auditIds)
  const found = await sealedAt(
    connection,
    rows.map(({ idx }) => Number(idx)),
    reading
  )
  const about = found.flatMap((sealed) => {
    const call = aboutOf(sealed, [kind])
    return call !== undefined && wanted.has(call) ? [{ call, sealed }] : []
  })
  const groups = Map.groupBy(about, ({ call }) => call)
  return new Map([...groups].map(([call, own]) => [call, own.map(({ sealed }) => sealed)]))
}

/** What an annotation, or a redaction, is about; `undefined` for other records, and for one that is about nothing. */
export function aboutOf(
  sealed: Pick<RecordWithIds, 'header'>,
  kinds: readonly unknown[] = KINDS
): string | undefined {
  const { kind, parent } = headerOf(sealed.header) ?? {}
  return kinds.includes(kind) ? parent : undefined
}

/** The header of a record; `undefined` for one that is damaged, which is no call and is found by nothing. */
export function headerOf(header: string): AuditRecord | undefined {
  try {
    return parseRecord({ header })
  } catch (error) {
    if (AuditError.is(error)) return undefined
    throw error
  }
}
