import type { SealedContent, SealedPart, SealedRecord } from '@slm-audit/core/journal'
import type { PartCipher, RecordCipher } from '@slm-audit/core/subjects'
import type { CopiedRows } from '../connection/copied-rows.ts'
import { BinaryRows } from './binary-rows.ts'

/** What the row of a record is found by. */
export interface FiledAs {
  readonly auditId: string
  readonly stage: string
}

/** Where the contents of records are that are of no call, as erasures and annotations: they do not expire by month. */
export const KEPT_MONTH = '0001-01-01'

/** Takes the row of a part that is not stored yet; of an erased one only the commitment is there. */
export type AddPart = (id: number, part: SealedPart) => void

/** Gives the ids of the parts of a content, and adds those that are not stored yet. */
export type IdsOf = (parts: readonly SealedPart[], add: AddPart) => readonly number[]

const RECORD = ['idx', 'audit_id', 'stage', 'month', 'header']
const PART = ['id', 'month', 'salt', 'body', 'key']
const CONTENT = ['idx', 'ordinal', 'month', 'name', 'type', 'salt', 'body', 'parts', 'at', 'key']

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

  /** Adds a record, whose bytes may be used again afterwards; its contents are encrypted where there is a cipher. */
  add(
    { index, header, contents }: SealedRecord,
    { auditId, stage }: FiledAs,
    idsOf: IdsOf,
    cipher?: RecordCipher
  ): void {
    const month = stage === 'event' ? KEPT_MONTH : this.#month
    const records = this.#records
    records.begin(RECORD.length)
    records.bigint(index)
    records.text(auditId)
    records.text(stage)
    records.date(month)
    records.text(header)
    const addPart: AddPart = (id, part) => this.#addPart(id, month, part, cipher)
    contents.forEach((content, ordinal) => {
      const ids = content.parts && idsOf(content.parts, addPart)
      this.#addContent(content, ids, { index, ordinal, month }, cipher)
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
    place: { readonly index: number; readonly ordinal: number; readonly month: string },
    cipher: RecordCipher | undefined
  ): void {
    const rows = this.#contents
    const own = parts ? undefined : body
    rows.begin(CONTENT.length)
    rows.bigint(place.index)
    rows.smallint(place.ordinal)
    rows.date(place.month)
    rows.text(name)
    rows.text(type)
    // Of a content that is encrypted the salt is encrypted with it.
    rows.bytea(own && cipher ? NO_SALT : salt)
    if (own) rows.bytea(cipher ? cipher.content({ salt, body: own }, name) : own)
    else rows.null()
    if (ids) rows.bigints(ids)
    else rows.null()
    if (at === undefined) rows.null()
    else rows.integer(at)
    if (own && cipher) rows.bigint(cipher.key)
    else rows.null()
  }

  /** Of a part that is erased, or encrypted, the salt is the commitment. */
  #addPart(
    id: number,
    month: string,
    { salt, body, commitment }: SealedPart,
    cipher: PartCipher | undefined
  ): void {
    const rows = this.#parts
    const isSealed = cipher && commitment && salt && body
    rows.begin(PART.length)
    rows.bigint(id)
    rows.date(month)
    rows.bytea((isSealed || !body ? commitment : salt) ?? NO_SALT)
    if (isSealed) rows.bytea(cipher.part({ salt, body }, commitment))
    else if (body) rows.bytea(body)
    else rows.null()
    if (isSealed) rows.bigint(cipher.key)
    else rows.null()
  }
}

const NO_SALT = new Uint8Array()
