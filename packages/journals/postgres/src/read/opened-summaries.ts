import type { CallSummary, Page } from '@slm-audit/core/reader'
import { withContentTexts } from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { sealedOfCalls } from '../store/sealed-rows.ts'

/** Calls whose contents are in memory at a time. */
const AT_ONCE = 8

/**
 * A page of a listing with what the index leaves out of encrypted contents: how questions and answers begin where their keys are
 * here, and the name of the key where they are not. Rejects with AuditError.
 */
export async function withOpenedTexts(
  connection: Connection,
  page: Page<CallSummary>
): Promise<Page<CallSummary>> {
  const lacking = page.items.filter(
    ({ question, answer }) => question === undefined && answer === undefined
  )
  if (lacking.length === 0 || !(await hasDataKeys(connection))) return page
  const opened = new Map<string, CallSummary>()
  for (let at = 0; at < lacking.length; at += AT_ONCE) {
    const some = lacking.slice(at, at + AT_ONCE)
    const ids = some.map(({ auditId }) => auditId)
    const records = await sealedOfCalls(connection, ids, 'opened')
    const byCall = Map.groupBy(records, ({ filedAs }) => filedAs?.auditId ?? '')
    for (const item of some) {
      opened.set(item.auditId, withContentTexts(item, byCall.get(item.auditId) ?? []))
    }
  }
  const items = page.items.map((item) => opened.get(item.auditId) ?? item)
  return { ...page, items }
}
