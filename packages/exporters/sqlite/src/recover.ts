import { abandonedDraft, parseRecord } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { columnsOf } from './columns.ts'
import type { Writer } from './writer.ts'
import { isWriterDead, lockedWriters } from './writer-lock.ts'

/**
 * Writes `abandoned` for the calls that dead writers left open; those of living ones are theirs.
 * Returns how many there were.
 */
export function abandonCallsOfDeadWriters(
  database: Database,
  file: string,
  writer: Writer,
  ownId: string
): number {
  const open = database
    .prepare(`SELECT DISTINCT writer FROM calls WHERE stage = 'received'`)
    .pluck()
    .all() as string[]
  const others = new Set([...open, ...lockedWriters(file)])
  others.delete(ownId)
  let abandoned = 0
  for (const writerId of others) {
    if (isWriterDead(file, writerId)) abandoned += abandonCalls(database, writer, writerId)
  }
  return abandoned
}

function abandonCalls(database: Database, writer: Writer, writerId: string): number {
  const headers = database
    .prepare(
      `SELECT header FROM calls JOIN records ON records.idx = calls.id
        WHERE calls.writer = ? AND calls.stage = 'received' ORDER BY calls.id`
    )
    .pluck()
    .all(writerId) as string[]
  const at = Date.now()
  const rows = headers.map((header) => {
    const { record, head, tail, contents } = abandonedDraft(parseRecord({ header }), at)
    const { auditId, stage } = record
    // Two processes may find the same dead writer; the second then stores nothing.
    return { auditId, stage, head, tail, contents, retried: true, columns: columnsOf(record) }
  })
  if (rows.length > 0) writer.append(rows)
  return rows.length
}
