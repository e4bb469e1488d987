import { encryptedWith, parseRecord } from '@slm-audit/core/journal'
import type { CallSummary, Page } from '@slm-audit/core/reader'
import { callDocument } from '@slm-audit/core/store'
import type { Database } from '../driver/database.ts'
import { hasDataKeys } from '../store/contents/key-rows.ts'
import { readableOfCall } from '../store/sealed-rows.ts'

/**
 * A page of a listing with what an index that may not hold it leaves out: how questions and answers begin where
 * their keys are here, and the name of the key where they are not.
 */
export function withOpenedTexts(database: Database, page: Page<CallSummary>): Page<CallSummary> {
  if (!hasDataKeys(database)) return page
  return { ...page, items: page.items.map((item) => opened(database, item)) }
}

function opened(database: Database, item: CallSummary): CallSummary {
  if (item.question !== undefined || item.answer !== undefined) return item
  const records = [...readableOfCall(database, item.auditId)].map((sealed) => ({
    ...sealed,
    header: parseRecord(sealed)
  }))
  const [first, ...rest] = records
  const encrypted = records.flatMap(({ contents }) =>
    contents.flatMap((each) => encryptedWith(each) ?? [])
  )[0]
  if (!first) return item
  const { question, answer } = callDocument([first, ...rest])
  return {
    ...item,
    ...(question !== null && { question }),
    ...(answer !== null && { answer }),
    ...(encrypted !== undefined && { encrypted })
  }
}
