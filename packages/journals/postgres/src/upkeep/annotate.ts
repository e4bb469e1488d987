import {
  type AnnotateOptions,
  type AnnotateReport,
  checkAnnotate,
  parseRecord,
  pendingAnnotations
} from '@slm-audit/core/journal'
import type { PlaceOptions } from '../connection/connection-options.ts'
import { sealedOfCalls } from '../store/sealed-rows.ts'
import { administerSteps } from './administer.ts'
import { protectionOf } from './protection-of.ts'

/**
 * Says something of calls that are stored, each with the context of its call. Resolves to the indices of the records, in the
 * order of the calls. Rejects with AuditError `bad_option` for an annotation that says nothing, `not_found` for a call
 * that is not in the log.
 */
export async function annotate(
  place: PlaceOptions,
  options: AnnotateOptions
): Promise<AnnotateReport> {
  checkAnnotate(options)
  const { calls } = options
  if (calls.length === 0) return { indices: [] }
  return await administerSteps(place, options, async (connection, transact) => {
    const stored = await sealedOfCalls(connection, calls)
    const newest = new Map(stored.map((sealed) => [sealed.filedAs?.auditId, parseRecord(sealed)]))
    const pending = pendingAnnotations(options, (auditId) => newest.get(auditId))
    // Asked for before the log is locked.
    const protection = await protectionOf(connection, transact, pending)
    return await transact(async ({ writer, size }) => {
      await writer.appendNow(connection, size, [{ pending }], protection)
      return { indices: calls.map((_, at) => size + at) }
    })
  })
}
