import type { SealedContent, SealedPart, SealedRecord } from '@slm-audit/core/journal'
import type { CopiedRows } from '../connection/copied-rows.ts'
import { BinaryRows } from './binary-rows.ts'

/** What the row of a record is found by. */
export interface FiledAs {
  readonly auditId: string
  readonly stage: string
}

/** Where the contents of records are that are of no call, as erasures and annotations: they do not expire by month. */
export const KEPT_MONTH = '0001-01-01'

/** Takes the row of a part that is not stored yet; of an erased one `body` is absent and `salt` its commitment. */
export type AddPart = (id: number, salt: Uint8Array, body: Uint8Array | undefined) => void

/** Gives the ids of the parts of a content, and adds those that are not stored yet. */
export type IdsOf = (parts: readonly SealedPart[], add: AddPart) => readonly number[]

const RECORD = ['idx', 'audit_id', 'stage', 'month', 'header']
const PART = ['id', 'month', 'salt', 'body']
const CONTENT = ['idx', 'ordinal', 'month', 'name', 'type', 'salt', 'body', 'parts', 'at']

/** The rows of records that are stored together. */
export class EvidenceRows {
  #month = ''
  readonly #records = new BinaryRows()
  readonly #parts = new BinaryRows()
  readonly #contents = new BinaryRows()

  /** Takes all records away; contents of calls are then of another month: its first day, as text. */
  begin(month: string): void {
    this.#month = month
    for (const rows of [this.#records, this.#parts, this.#contents]) rows.clear()
  }

  /** Whether no record has been added. */
  get areNone(): boolean {
    return this.#records.count === 0
  }

  /** Adds a record, whose bytes may be used again afterwards. */
  add({ index, header, contents }: SealedRecord, { auditId, stage }: FiledAs, idsOf: IdsOf): void {
    const month = stage === 'event' ? KEPT_MONTH : this.#month
    const records = this.#records
    records.begin(RECORD.length)
    records.bigint(index)
    records.text(auditId)
    records.text(stage)
    records.date(month)
    records.text(header)
    const addPart: AddPart = (id, salt, body) => this.#addPart(id, month, salt, body)
    contents.forEach((content, ordinal) => {
      this.#addContent(content, content.parts && idsOf(content.parts, addPart), {
        index,
        ordinal,
        month
      })
    })
  }

  /** What is to be copied, in the order of the tables. */
  tables(schema: string): CopiedRows[] {
    const all = [
      { name: 'records', columns: RECORD, rows: this.#records },
      { name: 'parts', columns: PART, rows: this.#parts },
      { name: 'contents', columns: CONTENT, rows: this.#contents }
    ]
    return all
      .filter(({ rows }) => rows.count > 0)
      .map(({ name, columns, rows }) => ({
        into: `${schema}.${name} (${columns.join(', ')})`,
        bytes: rows.bytes()
      }))
  }

  #addContent(
    { name, type, salt, body, parts, at }: SealedContent,
    ids: readonly number[] | undefined,
    place: { readonly index: number; readonly ordinal: number; readonly month: string }
  ): void {
    const rows = this.#contents
    rows.begin(CONTENT.length)
    rows.bigint(place.index)
    rows.smallint(place.ordinal)
    rows.date(place.month)
    rows.text(name)
    rows.text(type)
    rows.bytea(salt)
    if (parts || !body) rows.null()
    else rows.bytea(body)
    if (ids) rows.bigints(ids)
    else rows.null()
    if (at === undefined) rows.null()
    else rows.integer(at)
  }

  #addPart(id: number, month: string, salt: Uint8Array, body: Uint8Array | undefined): void {
    const rows = this.#parts
    rows.begin(PART.length)
    rows.bigint(id)
    rows.date(month)
    rows.bytea(salt)
    if (body) rows.bytea(body)
    else rows.null()
  }
}
