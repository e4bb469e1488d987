import {
  AuditError,
  KnownParts,
  messageOf,
  type PendingRecord,
  parseRecord,
  ScratchBuffer,
  type SealedRecord,
  type Sealer,
  scopeOf,
  seal
} from '@slm-audit/core/journal'
import { newSaltSource, nodeSha256, type StoredPlace } from '@slm-audit/core/node'
import {
  type BatchKeys,
  type RecordCipher,
  type RowSubject,
  rowSubject
} from '@slm-audit/core/subjects'
import type { GrowingTree, TreeHead } from '@slm-audit/core/tlog'
import type { Database, Statement } from '../driver/database.ts'
import { RowCipher } from './contents/row-cipher.ts'
import { rememberReadsAudited } from './log-facts.ts'
import { OpenCalls } from './open-calls.ts'
import { checkLeaves } from './orphans.ts'
import { PartRows } from './part-rows.ts'
import { RowInserts } from './row-inserts.ts'
import { CONTENTS_PER_RECORD, originOf } from './schema.ts'
import { SpoolPlaces } from './spool-places.ts'
import { type EndMark, endMarkStore } from './stored-checkpoints.ts'
import { treeIn } from './tree.ts'

/** What files a record. */
interface RowFacts {
  readonly auditId: string
  readonly stage: string
}

/** A pending record as it travels to the worker: strings. */
export interface Row
  extends RowFacts,
    Pick<PendingRecord, 'head' | 'tail' | 'contents' | 'retried' | 'sealedAt'> {
  /** That of the pending record's record (`scopeOf`). */
  readonly scope: string | undefined
  /** Whose its contents are; absent for what the log says of itself. */
  readonly subject?: RowSubject | undefined
}

/** The row of a pending record that is made where it is stored. */
export function rowOf(one: PendingRecord, retried = false): Row {
  const { record, head, tail, contents, sealedAt } = one
  const { auditId, stage } = record
  const whose = { scope: scopeOf(record), subject: rowSubject(record) }
  return { auditId, stage, head, tail, contents, retried, sealedAt, ...whose }
}

const CONTENT_COLUMNS = ['id', 'name', 'type', 'salt', 'body', 'list', 'key']

/** Of a content that is encrypted: its salt is encrypted with it. */
const NO_SALT = new Uint8Array()

/** What a writer needs of a tree. */
export type WriterTree = Pick<GrowingTree, 'resume' | 'append' | 'save' | 'forget' | 'root'>

/** Appends batches to an open database: the synchronous heart of the journal. */
export class Writer {
  readonly #database: Database
  readonly #sealer: Sealer
  readonly #records: RowInserts
  readonly #contents: RowInserts
  readonly #parts: PartRows
  readonly #cipher: RowCipher
  readonly #known: KnownParts
  readonly #open: OpenCalls
  readonly #places: SpoolPlaces
  readonly #size: Statement
  readonly #find: Statement
  readonly #tree: WriterTree
  readonly #scratch = new ScratchBuffer()
  readonly #storeMark: (mark: EndMark) => void
  #mark: (head: TreeHead) => string | undefined = () => undefined
  /** The size of the log after the last append from here. */
  #end = -1

  /** `tree` is that of the database; a benchmark may give another. */
  constructor(database: Database, writerId: string, tree: WriterTree = treeIn(database)) {
    this.#database = database
    this.#records = new RowInserts(database, 'records', ['idx', 'audit_id', 'stage', 'header'])
    this.#contents = new RowInserts(database, 'contents', CONTENT_COLUMNS)
    this.#parts = new PartRows(database)
    this.#cipher = new RowCipher(database)
    this.#open = new OpenCalls(database, writerId)
    this.#places = new SpoolPlaces(database)
    this.#size = database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck()
    this.#find = database.prepare('SELECT 1 FROM records WHERE audit_id = ? AND stage = ?').pluck()
    const randomness = { newSalt: newSaltSource(), hash: nodeSha256 }
    this.#known = new KnownParts(randomness)
    this.#sealer = {
      origin: originOf(database),
      ...randomness,
      known: this.#known,
      leavesOutKnown: true,
      allocate: (size) => this.#scratch.take(size)
    }
    this.#tree = tree
    this.#storeMark = endMarkStore(database)
  }

  /** What is appended from now on ends with a mark of size and root (`endMark`), stored with it. */
  markEnds(mark: (head: TreeHead) => string | undefined): void {
    this.#mark = mark
  }

  /**
   * Stores all rows and what they add to the tree or, throwing SQLite's error, none of it; AuditError
   * `bad_record` where one of them can never be stored. Rows sent again and stored before are
   * skipped. `place` says how far their spool has become evidence, and is stored with them. Of a log that
   * encrypts its contents `keys` are those of the rows: AuditError `bad_key` without them, or where one of
   * them, or of the names, is not to be used any more, as its subject was erased.
   */
  append(rows: readonly Row[], place?: StoredPlace, keys?: BatchKeys): void {
    let index = 0
    const store = (): void => {
      index = this.#begin()
      this.#cipher.begin(keys)
      for (const row of rows) {
        if (row.retried && this.#find.get(row.auditId, row.stage) !== undefined) continue
        this.#insert(row, index)
        index++
      }
      this.#save()
      this.#markEnd(index)
      if (place) this.#places.store(place)
    }
    if (this.#database.inTransaction) this.#forgetting(store)
    else this.#forgetting(() => this.#database.transaction(store).immediate())
    this.#end = index
  }

  /** The size and root of what is stored. Throws AuditError `journal_damaged`; see `checkLeaves`. */
  head(): TreeHead {
    const size = this.size()
    this.#resume(size)
    return { size, root: this.#tree.root() }
  }

  /** Number of records stored. */
  size(): number {
    return this.#size.get() as number
  }

  /** Stores records that were sealed elsewhere, in the order of their indices, all or none. */
  copy(records: readonly SealedRecord[]): void {
    const store = this.#database.transaction(() => {
      this.#begin()
      for (const sealed of records) {
        const { auditId, stage } = parseRecord(sealed)
        this.#add({ auditId, stage }, sealed, true)
      }
      this.#save()
    })
    this.#forgetting(() => store.immediate())
  }

  #insert(row: Row, index: number): void {
    const record = { auditId: row.auditId } as PendingRecord['record']
    const cipher = row.contents.length > 0 ? this.#cipher.of(row) : undefined
    this.#add(row, seal({ ...row, record }, index, this.#sealer, row.scope), false, cipher)
  }

  /** Begins a transaction; the index of the next record. */
  #begin(): number {
    const size = this.size()
    this.#resume(size)
    if (!this.#parts.begin()) this.#forgetParts()
    return size
  }

  #resume(size: number): void {
    // Others append as well; what has no leaves in the tree is none of theirs.
    if (size !== this.#end) checkLeaves(this.#database, size)
    this.#tree.resume(size)
  }

  #forgetParts(): void {
    this.#known.forget()
    this.#parts.forget()
  }

  #add(
    facts: RowFacts,
    { index, leafHash, header, contents }: SealedRecord,
    isCopy = false,
    cipher?: RecordCipher
  ): void {
    this.#records.add([index, facts.auditId, facts.stage, header])
    if (facts.stage === 'event') rememberReadsAudited(this.#database, header)
    contents.forEach((content, ordinal) => {
      const { name, type, salt } = content
      const id = index * CONTENTS_PER_RECORD + ordinal
      const list = this.#parts.add(id, content, isCopy, cipher)
      const body = list ? null : (content.body ?? null)
      if (cipher && body) {
        this.#contents.add([
          id,
          name,
          type,
          NO_SALT,
          cipher.content({ salt, body }, name),
          null,
          cipher.key
        ])
      } else this.#contents.add([id, name, type, salt, body, list, null])
    })
    this.#open.add(facts.auditId, facts.stage)
    this.#tree.append(leafHash)
    if (this.#records.isFull || this.#scratch.isFull || this.#parts.isFull) this.#flush()
  }

  #flush(): void {
    this.#records.flush()
    this.#parts.flush()
    this.#contents.flush()
    this.#scratch.clear()
  }

  #save(): void {
    this.#flush()
    this.#open.flush()
    this.#tree.save()
  }

  #markEnd(size: number): void {
    const mark = this.#mark({ size, root: this.#tree.root() })
    if (mark !== undefined) this.#storeMark({ size, mark })
  }

  /** What a transaction that is undone had added must not be known any more. */
  #forgetting(store: () => void): void {
    try {
      store()
    } catch (error) {
      this.#tree.forget()
      this.#end = -1
      this.#records.forget()
      this.#contents.forget()
      this.#forgetParts()
      this.#open.forget()
      this.#scratch.clear()
      throw refusalOf(error) ?? error
    }
  }
}

/** What SQLite never takes, however often it is tried; so are values that it has no type for. */
const NEVER = /^SQLITE_(TOOBIG|MISMATCH)/

function refusalOf(cause: unknown): AuditError | undefined {
  const { code = '' } = cause as { readonly code?: string }
  const isNoRow = cause instanceof TypeError || cause instanceof RangeError
  if (!isNoRow && !NEVER.test(code)) return undefined
  const message = `SQLite cannot store this record: ${messageOf(cause)}; please report it with its cause`
  return new AuditError('bad_record', message, { cause })
}
