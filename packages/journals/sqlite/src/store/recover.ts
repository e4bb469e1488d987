import {
  AuditError,
  checkRecord,
  parseRecord,
  pendingAbandoned,
  type RecordFlaw
} from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import { sameBytes, TILE_WIDTH, type TreeHead } from '@slm-audit/core/tlog'
import type { Database } from '../driver/database.ts'
import { forgetCallsOf, openCallsOf, writersOfOpenCalls } from './open-calls.ts'
import { leavesOf } from './orphans.ts'
import { newestOwnCheckpoint } from './own-checkpoint.ts'
import { readSealed } from './sealed-rows.ts'
import { rowOf, type Writer } from './writer.ts'
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
  const abandon = database.transaction(() => {
    const others = new Set([...writersOfOpenCalls(database), ...lockedWriters(file)])
    others.delete(ownId)
    let abandoned = 0
    for (const writerId of others) {
      if (isWriterDead(file, writerId)) abandoned += abandonCalls(database, writer, writerId)
    }
    return abandoned
  })
  return abandon.immediate()
}

function abandonCalls(database: Database, writer: Writer, writerId: string): number {
  const headers = openCallsOf(database, writerId)
  const at = Date.now()
  // Two processes may find the same dead writer; the second then stores nothing.
  const rows = headers.map((header) => rowOf(pendingAbandoned(parseRecord({ header }), at), true))
  if (rows.length > 0) writer.append(rows)
  forgetCallsOf(database, writerId)
  return rows.length
}

/**
 * Checks where a log ended before more is written behind it: the records of the last tile, the
 * width of the tree, and the newest checkpoint that the log has signed. Throws AuditError `journal_damaged`. Gives the first
 * content that is not what its record commits to: the log goes on behind it, as the tree is right.
 */
export function checkTail(
  database: Database,
  file: string,
  writer: Writer
): RecordFlaw | undefined {
  const damaged = (detail: string) =>
    new AuditError(
      'journal_damaged',
      `the end of ${file} is not as it was written: ${detail}; keep the file for slm-audit verify and start another`
    )
  // One state of the log, whatever other writers append meanwhile.
  return database.transaction(() => check(database, writer.head(), damaged))()
}

function check(
  database: Database,
  { size, root }: TreeHead,
  damaged: (detail: string) => Error
): RecordFlaw | undefined {
  let found: RecordFlaw | undefined
  const first = Math.max(0, Math.floor((size - 1) / TILE_WIDTH) * TILE_WIDTH)
  const leaves = leavesOf(database, size)
  if (leaves !== size) throw damaged(`${size} records, ${leaves} leaves`)
  let index = first
  for (const sealed of readSealed(database, first)) {
    const flaw = checkRecord(sealed, index++, nodeSha256)
    if (flaw?.kind.startsWith('content')) found ??= flaw
    else if (flaw) throw damaged(`record ${flaw.index} ${flaw.kind}`)
  }
  const { newest } = newestOwnCheckpoint(database)
  if (!newest) return found
  if (newest.size > size) throw damaged(`a checkpoint says it had ${newest.size} records`)
  if (newest.size === size && !sameBytes(newest.root, root)) {
    throw damaged('its newest checkpoint has another root')
  }
  return found
}
