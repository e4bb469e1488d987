import type { Database, Statement } from 'better-sqlite3'
import type { Columns } from './columns.ts'
import { RowInserts } from './row-inserts.ts'

/** What the index over calls needs of a record. */
export interface RowFacts {
  readonly auditId: string
  readonly stage: string
  readonly columns: Columns
}

/** A row of `calls` that is not inserted yet: as its call started, and where that has ended, how. */
interface NewCall {
  readonly index: number
  readonly facts: RowFacts
  end?: { readonly index: number; readonly facts: RowFacts }
}

const COLUMNS = 19

/** The index over calls: one row for each, which its first record makes and its last completes. */
export class CallRows {
  readonly #writerId: string
  readonly #inserts: RowInserts
  readonly #insertTag: Statement<unknown[]>
  readonly #endCall: Statement<unknown[]>
  readonly #findReceived: Statement<unknown[]>
  /** Where the calls that this writer received are, until they end. */
  readonly #open = new Map<string, number>()
  readonly #new = new Map<string, NewCall>()

  constructor(database: Database, writerId: string) {
    this.#writerId = writerId
    this.#inserts = new RowInserts(database, 'calls', COLUMNS)
    this.#insertTag = database.prepare('INSERT OR IGNORE INTO tags VALUES (?, ?, ?)')
    this.#endCall = database.prepare(
      `UPDATE calls SET last_idx = ?, stage = ?, answered_model = ?, duration_ms = ?,
        input_tokens = ?, output_tokens = ?, error_type = ? WHERE id = ?`
    )
    this.#findReceived = database
      .prepare("SELECT idx FROM records WHERE audit_id = ? AND stage = 'received'")
      .pluck()
  }

  /** Takes the record at `index`; it is in the table after the next `flush`, or before. */
  add(index: number, facts: RowFacts): void {
    const { auditId, stage } = facts
    if (stage === 'received' || stage === 'event') {
      this.#start(index, facts)
      return
    }
    const known = this.#open.get(auditId)
    this.#open.delete(auditId)
    const started = this.#new.get(auditId)
    if (started) {
      started.end = { index, facts }
      return
    }
    const call = known ?? this.#findReceived.get(auditId)
    if (call === undefined) this.#start(index, facts)
    else this.#endCall.run(...endOf(index, facts), call)
  }

  /** Inserts the calls that were added. Throws SQLite's error. */
  flush(): void {
    for (const started of this.#new.values()) this.#inserts.add(rowOf(started, this.#writerId))
    this.#new.clear()
    this.#inserts.flush()
  }

  /** Forgets all that is known of the table, after a transaction that was undone. */
  forget(): void {
    this.#new.clear()
    this.#inserts.forget()
    this.#open.clear()
  }

  #start(index: number, facts: RowFacts): void {
    const { auditId, stage, columns } = facts
    this.#new.set(auditId, { index, facts })
    if (stage === 'received') this.#open.set(auditId, index)
    for (const [name, value] of columns.tags) this.#insertTag.run(name, value, index)
  }
}

function rowOf({ index, facts, end = { index, facts } }: NewCall, writerId: string) {
  const { kind, receivedAt, provider, model, operation } = facts.columns
  const { session, user, tenant, parent } = facts.columns
  const [lastIndex, stage, answeredModel, ...measured] = endOf(end.index, end.facts)
  return [
    index,
    facts.auditId,
    lastIndex,
    writerId,
    kind,
    stage,
    receivedAt,
    provider,
    model,
    answeredModel,
    operation,
    session,
    user,
    tenant,
    parent,
    ...measured
  ]
}

/** What the record that ends a call says in the call's row. */
function endOf(index: number, { stage, columns }: RowFacts) {
  const { answeredModel, durationMs, inputTokens, outputTokens, errorType } = columns
  return [index, stage, answeredModel, durationMs, inputTokens, outputTokens, errorType] as const
}
