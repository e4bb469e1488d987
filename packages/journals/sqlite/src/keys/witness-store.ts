import type { TreeHead, WitnessStore } from '@slm-audit/core/tlog'

import { openDatabase } from '../driver/driver.ts'

interface Row {
  readonly size: number
  readonly root: Uint8Array
  readonly note: string
}

/** A witness's memory in a SQLite database of its own; what it has answered survives loss of power. */
export function openWitnessStore(file: string): WitnessStore & Disposable {
  const database = openDatabase(file)
  database.pragma('journal_mode = WAL')
  database.pragma('synchronous = FULL')
  database.exec(
    `CREATE TABLE IF NOT EXISTS witnessed (
      origin TEXT PRIMARY KEY, size INTEGER NOT NULL, root BLOB NOT NULL, note TEXT NOT NULL
    ) WITHOUT ROWID`
  )
  const select = database.prepare('SELECT size, root, note FROM witnessed WHERE origin = ?')
  const put = database.prepare('INSERT OR REPLACE INTO witnessed VALUES (?, ?, ?, ?)')
  const replace = database.transaction(
    (
      origin: string,
      oldSize: number,
      { size, root, note }: TreeHead & { readonly note: string }
    ) => {
      const known = select.get(origin) as Row | undefined
      if ((known?.size ?? 0) !== oldSize) return false
      put.run(origin, size, root, note)
      return true
    }
  )
  return {
    read: async (origin) => select.get(origin) as Row | undefined,
    replace: async (origin, oldSize, next) => replace.immediate(origin, oldSize, next),
    [Symbol.dispose]: () => {
      database.close()
    }
  }
}
