import { ANNOTATION } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import type { GatheredCall } from '../store/call-row.ts'
import { callOf, type ParsedRecord, recordsOf } from '../store/sealed-rows.ts'

/**
 * The calls that some records are of or about, made of these and of all else that the server has of them. Rejects with AuditError `journal_unavailable`.
 */
export async function gatherCalls(
  connection: Connection,
  records: readonly ParsedRecord[],
  signal?: AbortSignal
): Promise<readonly GatheredCall[]> {
  const own = records.map(({ header }) => header.auditId)
  const about = records.map(({ header }) => callOf(header))
  const ids = [...new Set([...own, ...about])]
  // An annotation is a row as well, and is filed under the call that it is about.
  const stored = await recordsOf(connection, [...new Set(about)], signal)
  // A server that is several may not have yet what it has just taken.
  const places = new Map([...stored, ...records].map((each) => [each.sealed.index, each]))
  const all = [...places.values()].sort((one, other) => one.sealed.index - other.sealed.index)
  const byId = Map.groupBy(all, ({ header }) => header.auditId)
  const byCall = Map.groupBy(all.filter(isAnnotation), ({ header }) => callOf(header))
  return ids.flatMap((auditId) => {
    const [first, ...rest] = byId.get(auditId) ?? []
    if (!first) return []
    const annotations = (byCall.get(auditId) ?? []).filter(
      ({ header }) => header.auditId !== auditId
    )
    return [{ records: [first, ...rest], annotations }]
  })
}

function isAnnotation({ header }: ParsedRecord): boolean {
  return header.kind === ANNOTATION
}
