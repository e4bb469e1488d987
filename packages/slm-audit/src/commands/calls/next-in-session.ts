import type { AuditedCall, Reader } from '@slm-audit/core/reader'

/** How far back in a session the call that follows is looked for. */
const FARTHEST = 200

/** The number of the call that follows in the session of a call; `undefined` for the last one, and for one far back. */
export async function nextInSession(
  { auditId, record }: AuditedCall,
  reader: Pick<Reader, 'query'>
): Promise<number | undefined> {
  const { session } = record.context ?? {}
  if (session === undefined) return undefined
  const { items } = await reader.query({ session }, { limit: FARTHEST })
  const at = items.findIndex((each) => each.auditId === auditId)
  return items[at - 1]?.index
}
