import type { CallSummary, Page } from '@slm-audit/core/reader'
import { withContentTexts } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { readableOfCall } from '../store/sealed-rows.ts'

/**
 * A page of a listing with what an index that may not hold it leaves out: how questions and answers begin where
 * their keys are here, and the name of the key where they are not.
 */
export function withOpenedTexts(database: Database, page: Page<CallSummary>): Page<CallSummary> {
  if (!page.items.some(lacksTexts) || !hasDataKeys(database)) return page
  return { ...page, items: page.items.map((item) => opened(database, item)) }
}

function opened(database: Database, item: CallSummary): CallSummary {
  if (!lacksTexts(item)) return item
  return withContentTexts(item, [...readableOfCall(database, item.auditId)])
}

function lacksTexts({ question, answer }: CallSummary): boolean {
  return question === undefined && answer === undefined
}
