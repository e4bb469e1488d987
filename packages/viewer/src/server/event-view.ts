import type { AuditRecord, Reader } from '@slm-audit/core/reader'

/** Newest records of a kind that are told. */
const MOST = 50

/** Records that are not calls, of these kinds, newest first: gaps, keys, erasures, accesses, anomalies. */
export async function eventsOf(
  reader: Reader,
  kinds: readonly string[]
): Promise<readonly AuditRecord[]> {
  const found = await Promise.all(
    kinds.map(async (kind) => {
      const { items } = await reader.query({ kind }, { limit: MOST })
      return await Promise.all(items.map(({ auditId }) => reader.get(auditId)))
    })
  )
  return found
    .flat()
    .flatMap((each) => (each ? [each.record] : []))
    .sort((one, other) => other.log.index - one.log.index)
}
