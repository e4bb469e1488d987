import { AuditError, type Reader } from '@slm-audit/core/reader'

/** The argument of commands that are about one call. */
export const CALL_ARGUMENT = '<call>'

/** What the argument takes, for the commands' help. */
export const CALL_HELP =
  'its number as list shows it, its id or the beginning of one, last, or -2 for the last but one'

/** The farthest that -N goes back, as one page holds. */
const FARTHEST = 1_000

/**
 * The id that a word for a call stands for: `last` and `-1` the newest, `-2` the one before, and so on;
 * any other is for the reader. Rejects with AuditError `not_found`.
 */
export async function callId(word: string, reader: Pick<Reader, 'query'>): Promise<string> {
  const back = /^last$/i.test(word) ? 1 : Number(/^-([1-9]\d*)$/.exec(word)?.[1] ?? Number.NaN)
  if (Number.isNaN(back)) return word
  if (back > FARTHEST) {
    throw new AuditError('bad_query', `${word} is too far back; slm-audit list has all calls`)
  }
  const { items } = await reader.query({}, { limit: back })
  const call = items[back - 1]
  if (call) return call.auditId
  const has = items.length === 0 ? 'no calls yet' : `${items.length} calls only`
  throw new AuditError('not_found', `there is no call ${word}: the log has ${has}`)
}
