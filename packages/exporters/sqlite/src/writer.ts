import { hash, randomFillSync } from 'node:crypto'
import { type Content, type Draft, type Hash, SALT_BYTES, type Sealer, seal } from '@slm-audit/core'
import type { Database, Statement } from 'better-sqlite3'
import type { Columns } from './columns.ts'
import { CONTENTS_PER_RECORD, originOf } from './schema.ts'

/** A draft as it travels to the worker: strings, and the columns that the index needs. */
export interface Row extends Pick<Draft, 'head' | 'tail' | 'contents' | 'retried'> {
  readonly auditId: string
  readonly stage: string
  readonly columns: Columns
}

const POOL_BYTES = SALT_BYTES * 256

/** SHA-256 by node:crypto, in one call. */
export const nodeSha256: Hash = (data) => hash('sha256', data, 'buffer')

/** Appends batches to an open database: the synchronous heart of the journal. */
export class Writer {
  readonly #database: Database
  readonly #sealer: Sealer
  readonly #writerId: string
  readonly #statements: Statements
  /** Where the calls that this writer received are, until they end. */
  readonly #openCalls = new Map<string, number>()

  constructor(database: Database, writerId: string) {
    this.#database = database
    this.#writerId = writerId
    this.#sealer = { origin: originOf(database), newSalt: newSaltSource(), hash: nodeSha256 }
    this.#statements = prepare(database)
  }

  /** Stores all rows or, throwing SQLite's error, none. Rows sent again and stored before are skipped. */
  append(rows: readonly Row[]): void {
    const ended: string[] = []
    this.#database
      .transaction(() => {
        let index = this.size()
        for (const row of rows) {
          if (row.retried && this.#statements.find.get(row.auditId, row.stage) !== undefined)
            continue
          this.#insert(row, index)
          if (row.stage !== 'received') ended.push(row.auditId)
          index++
        }
      })
      .immediate()
    for (const auditId of ended) this.#openCalls.delete(auditId)
  }

  /** Number of records stored. */
  size(): number {
    return this.#statements.size.get() as number
  }

  #insert(row: Row, index: number): void {
    const { auditId, stage, columns } = row
    const sealed = seal({ ...row, record: { auditId } as Draft['record'] }, index, this.#sealer)
    this.#statements.insertRecord.run(index, auditId, stage, sealed.leafHash, sealed.header)
    sealed.contents.forEach(({ name, type, salt, body }, ordinal) => {
      const id = index * CONTENTS_PER_RECORD + ordinal
      this.#statements.insertContent.run(id, name, type, salt, body)
    })
    const call = stage === 'received' || stage === 'event' ? undefined : this.#findCall(auditId)
    if (call === undefined) this.#insertCall(row, index)
    else {
      const { answeredModel, durationMs, inputTokens, outputTokens, errorType } = columns
      this.#statements.endCall.run(
        index,
        stage,
        answeredModel,
        durationMs,
        inputTokens,
        outputTokens,
        errorType,
        call
      )
    }
  }

  #findCall(auditId: string): number | undefined {
    return (
      this.#openCalls.get(auditId) ??
      (this.#statements.find.get(auditId, 'received') as number | undefined)
    )
  }

  #insertCall({ auditId, stage, columns }: Row, index: number): void {
    if (stage === 'received') this.#openCalls.set(auditId, index)
    const { kind, receivedAt, provider, model, answeredModel, operation } = columns
    const { session, user, tenant, parent } = columns
    const { durationMs, inputTokens, outputTokens, errorType } = columns
    this.#statements.insertCall.run(
      index,
      auditId,
      index,
      this.#writerId,
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
      durationMs,
      inputTokens,
      outputTokens,
      errorType
    )
    for (const [name, value] of columns.tags) this.#statements.insertTag.run(name, value, index)
  }
}

type Statements = { readonly [Name in keyof ReturnType<typeof prepare>]: Statement<unknown[]> }

function prepare(database: Database) {
  const marks = Array.from({ length: 19 }, () => '?').join(', ')
  return {
    size: database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck(),
    find: database.prepare('SELECT idx FROM records WHERE audit_id = ? AND stage = ?').pluck(),
    insertRecord: database.prepare('INSERT INTO records VALUES (?, ?, ?, ?, ?)'),
    insertContent: database.prepare('INSERT INTO contents VALUES (?, ?, ?, ?, ?)'),
    insertCall: database.prepare(`INSERT INTO calls VALUES (${marks})`),
    endCall: database.prepare(
      `UPDATE calls SET last_idx = ?, stage = ?, answered_model = ?, duration_ms = ?,
        input_tokens = ?, output_tokens = ?, error_type = ? WHERE id = ?`
    ),
    insertTag: database.prepare('INSERT OR IGNORE INTO tags VALUES (?, ?, ?)')
  }
}

/** Salts from a pool of random bytes: one call of the random generator for many. */
function newSaltSource(): () => Uint8Array {
  const pool = new Uint8Array(POOL_BYTES)
  let at = POOL_BYTES
  return () => {
    if (at === POOL_BYTES) {
      randomFillSync(pool)
      at = 0
    }
    at += SALT_BYTES
    return pool.slice(at - SALT_BYTES, at)
  }
}

/** A content's text for the full-text index comes from these, in this order. */
export const INDEXED_CONTENTS: readonly Content['name'][] = [
  'input',
  'output',
  'reasoning',
  'error'
]
