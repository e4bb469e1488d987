import type { Review } from '@slm-audit/core'
import type { Terminal } from '../terminal.ts'
import { momentShort } from './clock-words.ts'
import { plainTable } from './plain-table.ts'

const COLUMNS = {
  review: 'left',
  state: 'left',
  rule: 'left',
  until: 'left',
  call: 'left',
  reason: 'left'
} as const

/** Reviews as a table, with the call whose record says what is to be sent. */
export function renderReviews(reviews: readonly Review[], terminal: Terminal): string {
  const rows = reviews.map((review) => {
    const { id, rule, expiresAt, auditId, reason = '' } = review
    const until = momentShort(new Date(expiresAt).toISOString(), terminal)
    return [id, stateOf(review), rule, until, auditId, reason]
  })
  return plainTable(COLUMNS, rows, terminal)
}

function stateOf({ decision, isUsed }: Review): string {
  if (isUsed) return 'used'
  if (decision === undefined) return 'waits'
  return decision.approved ? 'approved' : 'rejected'
}
