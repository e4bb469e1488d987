import { CALL_COLUMNS, type CallDocument } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import { indexedBody } from './indexed-body.ts'

const NAMES = [
  ...['id', 'last_idx', 'audit_id', 'received_at', ...Object.keys(CALL_COLUMNS)],
  ...[
    'error_type',
    'tokens',
    'confidence',
    'flags',
    'question',
    'answer',
    'tool',
    'scores',
    'parts_before',
    'lead'
  ]
]
/** Adds a row to the index's calls, or takes the place of the one that it has. */
const INSERT_CALL = `INSERT OR REPLACE INTO calls (${NAMES}) VALUES (${NAMES.map(() => '?')})`
/** What one call's text can be the cause of; anything else is the index's own trouble. */
export const OF_ONE_CALL = /^SQLITE_(TOOBIG|MISMATCH)|^ERR_|^undefined$/

/** Writes what an index has of calls: their rows and their words. */
export class CallRows {
  readonly #insertText: Statement
  readonly #insertCall: Statement

  constructor(index: Database) {
    this.#insertText = index.prepare('INSERT OR REPLACE INTO texts (rowid, body) VALUES (?, ?)')
    this.#insertCall = index.prepare(INSERT_CALL)
  }

  /**
   * Adds a call, or takes the place of what there is of it; in a transaction of the caller's. `lead` stands for its
   * instructions (`Leads`). Throws SQLite's error.
   */
  put(document: CallDocument, partsBefore: number, lead: number | null): void {
    const { id, lastIndex, auditId, receivedAt, columns, errorType } = document
    const { tokens, confidence, flags, question, answer, tool } = document
    const scores = document.scores.length > 0 ? JSON.stringify(document.scores) : null
    const row = [id, lastIndex, auditId, receivedAt, ...Object.values(columns)]
    this.#insertText.run(id, indexedBody(document))
    const own = [errorType, tokens, confidence, flags, question, answer, tool, scores]
    this.#insertCall.run(...row, ...own, partsBefore, lead)
  }
}
