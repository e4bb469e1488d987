import type { CallColumn, CallDocument } from '@slm-audit/core/store'
import type { Database, Statement } from '../driver/database.ts'
import { indexedBody } from './indexed-body.ts'
import { OWN_COLUMNS } from './traits.ts'

const NAMES = [
  ...['id', 'last_idx', 'audit_id', 'received_at', 'trait', ...OWN_COLUMNS.map(([name]) => name)],
  ...['tokens', 'confidence', 'question', 'answer', 'tool', 'scores', 'parts_before', 'lead']
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
   * Adds a call, or takes the place of what there is of it; in a transaction of the caller's. `traits` and `lead` stand for what
   * it has in common with others (`Traits`, `Leads`). Throws SQLite's error.
   */
  put(document: CallDocument, partsBefore: number, traits: number, lead: number | null): void {
    const { id, lastIndex, auditId, receivedAt, columns } = document
    const { tokens, confidence, question, answer, tool } = document
    const scores = document.scores.length > 0 ? JSON.stringify(document.scores) : null
    const own = OWN_COLUMNS.map(([name]) => columns[name as CallColumn])
    this.#insertText.run(id, indexedBody(document))
    const row = [id, lastIndex, auditId, receivedAt, traits, ...own]
    this.#insertCall.run(
      ...row,
      tokens,
      confidence,
      question,
      answer,
      tool,
      scores,
      partsBefore,
      lead
    )
  }
}
