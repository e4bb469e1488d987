import {
  AuditError,
  type Content,
  type Draft,
  messageOf,
  parseRecord,
  type SealedRecord,
  type Sealer,
  seal
} from '@slm-audit/core'
import { nodeSha256 } from '@slm-audit/core/node'
import { newSaltSource } from '@slm-audit/core/node-journal'
import type { GrowingTree, TreeHead } from '@slm-audit/core/tlog'
import type { Database, Statement } from 'better-sqlite3'
import { type Columns, columnsOf } from './columns.ts'
import { CONTENTS_PER_RECORD, originOf } from './schema.ts'
import { treeIn } from './tree.ts'

/** What the index over calls needs of a record. */
interface RowFacts {
  readonly auditId: string
  readonly stage: string
  readonly columns: Columns
}

/** A draft as it travels to the worker: strings, and the columns that the index needs. */
export interface Row extends RowFacts, Pick<Draft, 'head' | 'tail' | 'contents' | 'retried'> {}

/** The row of a draft that is made where it is stored. */
export function rowOf(draft: Draft, retried = false): Row {
  const { record, head, tail, contents } = draft
  const { auditId, stage } = record
  return { auditId, stage, head, tail, contents, retried, columns: columnsOf(record) }
}

/** Enough for what most records hold, and for a header. */
const ROOM_BYTES = 2 ** 20

/** What a writer needs of a tree. */
export type WriterTree = Pick<GrowingTree, 'resume' | 'append' | 'save' | 'forget' | 'root'>

/** Appends batches to an open database: the synchronous heart of the journal. */
export class Writer {
  readonly #database: Database
  readonly #sealer: Sealer
  readonly #writerId: string
  readonly #statements: Statements
  readonly #tree: WriterTree
  readonly #room = new Room()
  /** Where the calls that this writer received are, until they end. */
  readonly #openCalls = new Map<string, number>()

  /** `tree` is that of the database; a benchmark may give another. */
  constructor(database: Database, writerId: string, tree: WriterTree = treeIn(database)) {
    this.#database = database
    this.#writerId = writerId
    this.#sealer = {
      origin: originOf(database),
      newSalt: newSaltSource(),
      hash: nodeSha256,
      room: (size) => this.#room.take(size)
    }
    this.#statements = prepare(database)
    this.#tree = tree
  }

  /**
   * Stores all rows and what they add to the tree or, throwing SQLite's error, none of it; AuditError
   * `bad_record` where one of them can never be stored. Rows sent again and stored before are
   * skipped.
   */
  append(rows: readonly Row[]): void {
    const ended: string[] = []
    const store = (): void => {
      let index = this.size()
      this.#tree.resume(index)
      for (const row of rows) {
        if (row.retried && this.#statements.find.get(row.auditId, row.stage) !== undefined) continue
        this.#insert(row, index)
        if (row.stage !== 'received') ended.push(row.auditId)
        index++
      }
      this.#tree.save()
    }
    try {
      if (this.#database.inTransaction) store()
      else this.#database.transaction(store).immediate()
    } catch (error) {
      this.#tree.forget()
      this.#openCalls.clear()
      throw refusalOf(error) ?? error
    }
    for (const auditId of ended) this.#openCalls.delete(auditId)
  }

  /** The size and root of what is stored. */
  head(): TreeHead {
    const size = this.size()
    this.#tree.resume(size)
    return { size, root: this.#tree.root() }
  }

  /** Number of records stored. */
  size(): number {
    return this.#statements.size.get() as number
  }

  /** Stores records that were sealed elsewhere, in the order of their indices, all or none. */
  copy(records: readonly SealedRecord[]): void {
    const store = this.#database.transaction(() => {
      this.#tree.resume(this.size())
      for (const sealed of records) {
        const record = parseRecord(sealed)
        const { auditId, stage } = record
        this.#store({ auditId, stage, columns: columnsOf(record) }, sealed)
      }
      this.#tree.save()
    })
    try {
      store.immediate()
    } catch (error) {
      this.#tree.forget()
      throw error
    }
  }

  #insert(row: Row, index: number): void {
    const record = { auditId: row.auditId } as Draft['record']
    this.#room.clear()
    this.#store(row, seal({ ...row, record }, index, this.#sealer))
  }

  #store(row: RowFacts, sealed: SealedRecord): void {
    const { index } = sealed
    const { auditId, stage, columns } = row
    this.#statements.insertRecord.run(index, auditId, stage, sealed.header)
    this.#tree.append(sealed.leafHash)
    sealed.contents.forEach(({ name, type, salt, body }, ordinal) => {
      const id = index * CONTENTS_PER_RECORD + ordinal
      this.#statements.insertContent.run(id, name, type, salt, body ?? null)
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

  #insertCall({ auditId, stage, columns }: RowFacts, index: number): void {
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

/** What SQLite never takes, however often it is tried; so are values that it has no type for. */
const NEVER = /^SQLITE_(TOOBIG|MISMATCH)/

function refusalOf(cause: unknown): AuditError | undefined {
  const { code = '' } = cause as { readonly code?: string }
  const isNoRow = cause instanceof TypeError || cause instanceof RangeError
  if (!isNoRow && !NEVER.test(code)) return undefined
  const message = `SQLite takes no such record: ${messageOf(cause)}; report it with the cause`
  return new AuditError('bad_record', message, { cause })
}

/** Bytes for the record at hand, used again for the next. */
class Room {
  #bytes = new Uint8Array(ROOM_BYTES)
  #used = 0

  clear(): void {
    this.#used = 0
  }

  take(size: number): Uint8Array {
    if (size > this.#bytes.length - this.#used) return new Uint8Array(size)
    this.#used += size
    return this.#bytes.subarray(this.#used - size, this.#used)
  }
}

type Statements = { readonly [Name in keyof ReturnType<typeof prepare>]: Statement<unknown[]> }

function prepare(database: Database) {
  const marks = Array.from({ length: 19 }, () => '?').join(', ')
  return {
    size: database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck(),
    find: database.prepare('SELECT idx FROM records WHERE audit_id = ? AND stage = ?').pluck(),
    insertRecord: database.prepare('INSERT INTO records VALUES (?, ?, ?, ?)'),
    insertContent: database.prepare('INSERT INTO contents VALUES (?, ?, ?, ?, ?)'),
    insertCall: database.prepare(`INSERT INTO calls VALUES (${marks})`),
    endCall: database.prepare(
      `UPDATE calls SET last_idx = ?, stage = ?, answered_model = ?, duration_ms = ?,
        input_tokens = ?, output_tokens = ?, error_type = ? WHERE id = ?`
    ),
    insertTag: database.prepare('INSERT OR IGNORE INTO tags VALUES (?, ?, ?)')
  }
}

/** A content's text for the full-text index comes from these, in this order. */
export const INDEXED_CONTENTS: readonly Content['name'][] = [
  'input',
  'output',
  'reasoning',
  'error'
]
