import { AuditError } from '../../base/error.ts'

/** Ids begin with a 0 for centuries to come (UUID version 7), numbers do not. */
const RECORD_NUMBER = /^(0|[1-9]\d{0,14})$/

/** Ids that are asked for where one is meant: as many as a message shows, for `onlyId`. */
export const IDS_SHOWN = 5

/** The record whose number a text is; `undefined` where it is the beginning of an id. */
export function recordNumber(text: string): number | undefined {
  return RECORD_NUMBER.test(text) ? Number(text) : undefined
}

/** The id that is meant by its beginning, of those that begin so, in order. Throws AuditError `bad_query` where several do. */
export function onlyId(prefix: string, ids: readonly string[]): string | undefined {
  if (ids.length <= 1 || ids[0] === prefix) return ids[0]
  throw new AuditError(
    'bad_query',
    `more than one record begins with ${JSON.stringify(prefix)}, give more of the id: ${ids.join(', ')}`
  )
}

/** Says that no call has an id, for `prove`. */
export function noCall(auditId: string): AuditError {
  return new AuditError(
    'not_found',
    `there is no call ${auditId}; slm-audit list shows the newest, slm-audit search finds by words`
  )
}
