import { setImmediate } from 'node:timers/promises'
import {
  AuditError,
  type AuditedCall,
  type CallFilter,
  type CallSummary,
  checkRecord,
  mergeCall,
  type Page,
  type PageRequest,
  parseRecord,
  type Reader,
  type RecordFlaw,
  type VerifyReport
} from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { type CallRow, conditionOf, cursorAt, limitOf, startOf, toSummary } from './call-query.ts'
import { openForReading } from './open-database.ts'
import { readSealed, sealedOfCall } from './sealed-rows.ts'
import { searchTexts } from './text-search.ts'
import { nodeSha256 } from './writer.ts'

/** Records that `verify` checks before it gives the loop back. */
const SLICE = 256
const MATCHES_SHOWN = 5

/**
 * Opens a log for reading, with a handle that cannot write; writers go on meanwhile. Rejects with
 * AuditError: `journal_unavailable`, `journal_damaged`, `journal_newer`.
 */
export async function openReader(file: string): Promise<Reader> {
  return new SqliteReader(openForReading(file))
}

class SqliteReader implements Reader {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  async get(auditId: string): Promise<AuditedCall | undefined> {
    const found = this.#findId(auditId)
    return found === undefined ? undefined : mergeCall(sealedOfCall(this.#database, found))
  }

  async query(filter: CallFilter = {}, page: PageRequest = {}): Promise<Page<CallSummary>> {
    const { sql, values } = conditionOf(filter)
    const limit = limitOf(page)
    const rows = this.#database
      .prepare(`SELECT * FROM calls WHERE id < ? AND ${sql} ORDER BY id DESC LIMIT ?`)
      .all(startOf(page), ...values, limit + 1) as CallRow[]
    const items = rows.slice(0, limit).map((row) => toSummary(row))
    const last = rows[limit - 1]
    return rows.length > limit && last ? { items, cursor: cursorAt(last.id) } : { items }
  }

  async search(
    text: string,
    filter: CallFilter = {},
    page: PageRequest = {}
  ): Promise<Page<CallSummary>> {
    return searchTexts(this.#database, text, filter, page)
  }

  async verify(onProgress?: (checked: number, of: number) => void): Promise<VerifyReport> {
    const size = this.#count('SELECT coalesce(max(idx) + 1, 0) FROM records')
    let checked = 0
    let lostRecords = 0
    let flaw: RecordFlaw | undefined
    for (const sealed of readSealed(this.#database)) {
      flaw = sealed.index === checked ? checkRecord(sealed, checked, nodeSha256) : missing(checked)
      if (flaw) break
      checked++
      lostRecords += lostBy(sealed.header)
      if (checked % SLICE !== 0) continue
      onProgress?.(checked, size)
      await setImmediate()
    }
    onProgress?.(checked, size)
    const openCalls = this.#count(`SELECT count(*) FROM calls WHERE stage = 'received'`)
    return { checked, openCalls, lostRecords, ...(flaw && { flaw }) }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#database.close()
  }

  /** The one id that begins so. Throws when several do. */
  #findId(prefix: string): string | undefined {
    const ids = this.#database
      .prepare(
        `SELECT DISTINCT audit_id FROM records WHERE audit_id >= ? AND audit_id < ? || x'f4' LIMIT ?`
      )
      .pluck()
      .all(prefix, prefix, MATCHES_SHOWN) as string[]
    if (ids.length <= 1 || ids[0] === prefix) return ids[0]
    throw new AuditError('bad_query', `several calls begin with ${prefix}: ${ids.join(', ')}`)
  }

  #count(sql: string): number {
    return Number(this.#database.prepare(sql).pluck().get())
  }
}

function missing(index: number): RecordFlaw {
  return { index, kind: 'missing', detail: 'the record is not in the store, later ones are' }
}

function lostBy(header: string): number {
  if (!header.includes('"kind":"gap"')) return 0
  const { kind, event } = parseRecord({ header })
  return kind === 'gap' ? Number(event?.records ?? 0) : 0
}
