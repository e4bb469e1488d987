import type { SealedContent, SealedRecord } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { CONTENTS_PER_RECORD } from './schema.ts'

interface RecordRow {
  readonly idx: number
  readonly leaf_hash: Uint8Array
  readonly header: string
}

interface ContentRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly salt: Uint8Array
  readonly body: Uint8Array | null
}

/** Rows that are read at a time. */
const SLICE = 256

/**
 * Sealed records in the order of their index, from `fromIndex` to the size at the call. Rows are
 * read in slices, so that neither memory nor a long transaction stands in a writer's way. A hole
 * in the order is left out: the next record then has a larger index.
 */
export function* readSealed(database: Database, fromIndex = 0): Generator<SealedRecord> {
  const end = Number(
    database.prepare('SELECT coalesce(max(idx) + 1, 0) FROM records').pluck().get()
  )
  const select = database.prepare(
    'SELECT idx, leaf_hash, header FROM records WHERE idx >= ? AND idx < ? ORDER BY idx LIMIT ?'
  )
  let from = fromIndex
  while (from < end) {
    const rows = select.all(from, end, SLICE) as RecordRow[]
    const last = rows.at(-1)
    if (last === undefined) return
    const contents = contentsBetween(database, from, last.idx + 1)
    for (const row of rows) yield toSealed(row, contents.get(row.idx) ?? [])
    from = last.idx + 1
  }
}

/** The records of one call, in order. */
export function sealedOfCall(database: Database, auditId: string): SealedRecord[] {
  const rows = database
    .prepare('SELECT idx, leaf_hash, header FROM records WHERE audit_id = ? ORDER BY idx')
    .all(auditId) as RecordRow[]
  return rows.map((row) =>
    toSealed(row, contentsBetween(database, row.idx, row.idx + 1).get(row.idx) ?? [])
  )
}

function toSealed({ idx, leaf_hash, header }: RecordRow, contents: SealedContent[]): SealedRecord {
  return { index: idx, leafHash: leaf_hash, header, contents }
}

function contentsBetween(
  database: Database,
  from: number,
  to: number
): Map<number, SealedContent[]> {
  const rows = database
    .prepare('SELECT id, name, type, salt, body FROM contents WHERE id >= ? AND id < ? ORDER BY id')
    .all(from * CONTENTS_PER_RECORD, to * CONTENTS_PER_RECORD) as ContentRow[]
  const contents = new Map<number, SealedContent[]>()
  for (const { id, name, type, salt, body } of rows) {
    const index = Math.floor(id / CONTENTS_PER_RECORD)
    const content = { name, type, salt, ...(body !== null && { body }) }
    const known = contents.get(index)
    if (known) known.push(content)
    else contents.set(index, [content])
  }
  return contents
}
