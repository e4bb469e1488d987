import { CALL_COLUMNS } from '@slm-audit/core/store'

const NAMES = [
  ...['id', 'last_idx', 'audit_id', 'received_at', ...Object.keys(CALL_COLUMNS)],
  ...[
    'error_type',
    'tokens',
    'confidence',
    'flags',
    'tags',
    'question',
    'answer',
    'tool',
    'scores',
    'parts_before'
  ]
]
/** Adds a row to the index's calls, or takes the place of the one that it has. */
export const INSERT_CALL = `INSERT OR REPLACE INTO calls (${NAMES}) VALUES (${NAMES.map(() => '?')})`
/** Widens the time of a block of records. */
export const WIDEN_SPAN = `INSERT INTO spans VALUES (?, ?, ?) ON CONFLICT DO UPDATE
  SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`

/** What one call's text can be the cause of; anything else is the index's own trouble. */
export const OF_ONE_CALL = /^SQLITE_(TOOBIG|MISMATCH)|^ERR_|^undefined$/
