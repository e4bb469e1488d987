import { readContent } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import { INDEXED_CONTENTS } from '../store/writer.ts'
import { searchedText } from './searched-text.ts'
import { indexedText } from './words.ts'

/** Most records that are indexed in one transaction. */
const SLICE = 200

/**
 * The full-text index, built behind the writes. A text's row id is its record's index, and the
 * number in `meta.indexed` is the size of the log up to which it is built; readers look through
 * what comes after.
 */
export class TextIndex {
  readonly #database: Database

  constructor(database: Database) {
    this.#database = database
  }

  /** Indexes the next slice; false when there is nothing left. */
  advance(): boolean {
    return this.#database
      .transaction(() => {
        const from = indexedSize(this.#database)
        const size = this.#database
          .prepare('SELECT coalesce(max(idx) + 1, 0) FROM records')
          .pluck()
          .get()
        const to = Math.min(from + SLICE, Number(size))
        if (from >= to) return false
        const insert = this.#database.prepare('INSERT INTO texts (rowid, body) VALUES (?, ?)')
        for (const [index, text] of textsOf(this.#database, from, to))
          insert.run(index, indexedText(text))
        this.#database.prepare(`UPDATE meta SET value = ? WHERE name = 'indexed'`).run(String(to))
        return to < Number(size)
      })
      .immediate()
  }
}

/** The size of the log up to which its texts are indexed. */
export function indexedSize(database: Database): number {
  return Number(database.prepare(`SELECT value FROM meta WHERE name = 'indexed'`).pluck().get())
}

/** The words of the records from one index to before another; records without words are left out. */
export function textsOf(database: Database, from: number, to: number): Map<number, string> {
  const rows = database
    .prepare('SELECT id, name, type, body FROM contents WHERE id >= ? AND id < ? ORDER BY id')
    .all(from * CONTENTS_PER_RECORD, to * CONTENTS_PER_RECORD) as ContentRow[]
  const texts = new Map<number, string>()
  for (const { id, name, type, body } of rows) {
    if (!INDEXED_CONTENTS.includes(name) || body === null) continue
    const index = Math.floor(id / CONTENTS_PER_RECORD)
    const text = searchedText(readContent({ name, type, salt: NO_SALT, body }))
    if (text !== '') texts.set(index, [texts.get(index), text].filter((part) => part).join('\n'))
  }
  return texts
}

interface ContentRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly body: Uint8Array | null
}

const NO_SALT = new Uint8Array()
