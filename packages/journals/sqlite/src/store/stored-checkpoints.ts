import type { Database } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'

/** A checkpoint as it was signed, and with the cosignatures that came later. */
export interface StoredCheckpoint {
  readonly size: number
  readonly signed: string
  readonly note: string
}

interface Row {
  readonly size: number
  readonly note: string
  readonly lines: string | null
}

const SELECT = `SELECT size, note, (SELECT group_concat(line || char(10), '') FROM cosignatures
  WHERE cosignatures.size = checkpoints.size) AS lines FROM checkpoints`

/** All checkpoints, ascending. */
export function readCheckpoints(database: Database): StoredCheckpoint[] {
  return (database.prepare(`${SELECT} ORDER BY size`).all() as Row[]).map(toStored)
}

/** The checkpoint of the largest size, if there is one; whether it is the log's, nobody has looked. */
export function newestCheckpoint(database: Database): StoredCheckpoint | undefined {
  return newestCheckpoints(database, 1)[0]
}

/** The checkpoints of the largest sizes, the largest first, at most so many. */
export function newestCheckpoints(database: Database, most: number): StoredCheckpoint[] {
  const select = prepared(database, `${SELECT} ORDER BY size DESC LIMIT CAST(? AS INTEGER)`)
  return (select.all(most) as Row[]).map(toStored)
}

/** Of the checkpoints that cover a record, the one with the most cosignatures, the newest of those. */
export function bestCheckpoint(database: Database, index: number): StoredCheckpoint | undefined {
  const cosigned = prepared(
    database,
    `SELECT cosignatures.size FROM cosignatures JOIN checkpoints USING (size)
      WHERE size > ? + 0 GROUP BY size ORDER BY count(*) DESC, size DESC LIMIT 1`
  )
    .pluck()
    .get(index)
  const row =
    cosigned === undefined
      ? prepared(database, `${SELECT} WHERE size > ? + 0 ORDER BY size DESC LIMIT 1`).get(index)
      : prepared(database, `${SELECT} WHERE size = ?`).get(cosigned)
  return row === undefined ? undefined : toStored(row as Row)
}

function toStored({ size, note, lines }: Row): StoredCheckpoint {
  // SQLite takes values of any type, and a note is text.
  const signed = typeof note === 'string' ? note : ''
  return { size, signed, note: signed + (lines ?? '') }
}

const END_MARK = 'end mark'

/** The mark of the writer that appended last with the log's key (`endMark`), and the size of the log then. */
export interface EndMark {
  readonly size: number
  readonly mark: string
}

/** The newest mark, which was stored in the transaction of its records. */
export function readEndMark(database: Database): EndMark | undefined {
  const row = database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get(END_MARK)
  const [, size, mark] = /^(\d+) (.+)$/.exec(String(row)) ?? []
  return size === undefined || mark === undefined ? undefined : { size: Number(size), mark }
}

/** Gives what stores a mark in the transaction that is open. It throws SQLite's error. */
export function endMarkStore(database: Database): (mark: EndMark) => void {
  const store = database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)')
  return ({ size, mark }) => {
    store.run(END_MARK, `${size} ${mark}`)
  }
}
