import { ANNOTATION, parseRecord } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import type { Reading } from '../store/contents/content-keys.ts'
import { type RecordWithIds, sealedAt } from '../store/sealed-rows.ts'

/**
 * The annotations of calls among the records before an index, in the order of the log, by the auditId of the call.
 * Those that the index does not have yet are looked for among the newest events.
 */
export async function annotationsOf(
  connection: Connection,
  auditIds: readonly string[],
  before = Number.MAX_SAFE_INTEGER,
  reading: Reading = 'closed'
): Promise<Map<string, RecordWithIds[]>> {
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT idx FROM ${s}.annotations WHERE about = ANY($1) AND idx < $2
      UNION SELECT idx FROM ${s}.records WHERE idx >= (SELECT reached FROM ${s}.index_state) AND idx < $2
        AND stage = 'event' AND strpos(header, '"kind":"${ANNOTATION}"') > 0
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
    const call = aboutOf(sealed)
    return call !== undefined && wanted.has(call) ? [{ call, sealed }] : []
  })
  const groups = Map.groupBy(about, ({ call }) => call)
  return new Map([...groups].map(([call, own]) => [call, own.map(({ sealed }) => sealed)]))
}

/** The call that an annotation is about; `undefined` for other records, and for one that is about none. */
export function aboutOf(sealed: Pick<RecordWithIds, 'header'>): string | undefined {
  try {
    const { kind, parent } = parseRecord(sealed)
    return kind === ANNOTATION ? parent : undefined
  } catch {
    // Verification tells of a header that cannot be read.
    return undefined
  }
}
