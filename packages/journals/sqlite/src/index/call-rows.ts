import { CALL_COLUMNS, type CallDocument } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import { BLOCK_BITS } from './index-database.ts'
import { indexedBody } from './indexed-body.ts'

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
const INSERT_CALL = `INSERT OR REPLACE INTO calls (${NAMES}) VALUES (${NAMES.map(() => '?')})`
/** Widens the time of a block of records. */
const WIDEN_SPAN = `INSERT INTO spans VALUES (?, ?, ?) ON CONFLICT DO UPDATE
  SET first_at = min(first_at, excluded.first_at), last_at = max(last_at, excluded.last_at)`

/** What one call's text can be the cause of; anything else is the index's own trouble. */
export const OF_ONE_CALL = /^SQLITE_(TOOBIG|MISMATCH)|^ERR_|^undefined$/

/** Writes what an index has of calls: their rows, their words, and when the records of their block were. */
export class CallRows {
  readonly #insertText: Statement
  readonly #insertCall: Statement
  readonly #widenSpan: Statement

  constructor(index: Database) {
    this.#insertText = index.prepare('INSERT OR REPLACE INTO texts (rowid, body) VALUES (?, ?)')
    this.#insertCall = index.prepare(INSERT_CALL)
    this.#widenSpan = index.prepare(WIDEN_SPAN)
  }

  /** Adds a call, or takes the place of what there is of it; in a transaction of the caller's. Throws SQLite's error. */
  put(document: CallDocument, partsBefore: number): void {
    const { id, lastIndex, auditId, receivedAt, columns, errorType } = document
    const { tokens, confidence, flags, tags, question, answer, tool } = document
    const scores = document.scores.length > 0 ? JSON.stringify(document.scores) : null
    const row = [id, lastIndex, auditId, receivedAt, ...Object.values(columns)]
    this.#insertText.run(id, indexedBody(document))
    const own = [errorType, tokens, confidence, flags, tags, question, answer, tool, scores]
    this.#insertCall.run(...row, ...own, partsBefore)
    this.#widenSpan.run(Math.floor(id / 2 ** BLOCK_BITS), receivedAt, receivedAt)
  }
}
