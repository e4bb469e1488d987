import { scopeOf } from '@slm-audit/core/journal'
import type { Database, Statement } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { type ContentRow, contentColumns, PartReader } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'

/** The context in a header, as JSON; none in a header that is damaged. */
const CONTEXT = "CASE WHEN json_valid(header) THEN json_extract(header, '$.context') END"

/** Records whose contexts are read at a time. */
const SLICE = 4096

type ContextRow = [index: number, context: string | null]

/**
 * Finds the records that share parts with those of an erasure: turns of the same conversations. A part never belongs to
 * more than one conversation of one person. The log is looked through once for all conversations.
 */
export class RecordsSharing {
  readonly #database: Database
  /** Indices of the records of each conversation that is meant, in the order of the log. */
  readonly #turns = new Map<string, number[]>()
  readonly #conversations = new Map<number, string>()
  readonly #inAll: readonly string[]
  readonly #lists: Statement
  #next = 0

  /**
   * Looks through the log: best outside of a transaction, which others wait for.
   *
   * @param meant Indices of the records of the erasure.
   */
  constructor(database: Database, meant: readonly number[]) {
    this.#database = database
    this.#lists = database.prepare(
      `SELECT ${contentColumns(database)} FROM contents WHERE id >= ? AND id < ? AND list IS NOT NULL`
    )
    this.#inAll = this.#conversationsOf(meant)
    this.#lookOn()
  }

  /** Indices of the records beside some of those that are meant that refer to parts which are taken out of these. */
  of(records: readonly { readonly idx: number }[], parts: ReadonlySet<number>): number[] {
    if (parts.size === 0) return []
    this.#lookOn()
    const indices = new Set(records.map(({ idx }) => idx))
    const conversations = new Set(
      [...indices].flatMap((index) => this.#conversations.get(index) ?? [])
    )
    const turns = [...conversations].flatMap((each) => this.#turns.get(each) ?? [])
    const reader = new PartReader(this.#database)
    return turns.filter((index) => !indices.has(index) && this.#shares(index, parts, reader))
  }

  #shares(index: number, parts: ReadonlySet<number>, reader: PartReader): boolean {
    const first = index * CONTENTS_PER_RECORD
    const rows = this.#lists.all(first, first + CONTENTS_PER_RECORD) as ContentRow[]
    return rows.some((row) => row.list && reader.idsOf(row, row.list).some((id) => parts.has(id)))
  }

  /** Notes which conversations are meant; gives what must be in the header of each of their records. */
  #conversationsOf(meant: readonly number[]): string[] {
    let inAll: string[] | undefined
    const sql = `SELECT idx, ${CONTEXT} FROM records WHERE idx IN (SELECT value FROM json_each(?))`
    const named = this.#database.prepare(sql).raw()
    for (let at = 0; at < meant.length; at += SLICE) {
      const slice = JSON.stringify(meant.slice(at, at + SLICE))
      for (const [index, context] of named.all(slice) as ContextRow[]) {
        const conversation = conversationIn(context)
        if (conversation === undefined) continue
        this.#conversations.set(index, conversation)
        if (this.#turns.has(conversation)) continue
        this.#turns.set(conversation, [])
        const texts = textsIn(conversation)
        inAll = inAll?.filter((text) => texts.includes(text)) ?? texts
      }
    }
    return inAll ?? []
  }

  /** Takes in the records that were appended since it looked last. */
  #lookOn(): void {
    if (this.#turns.size === 0) return
    const sql = 'SELECT coalesce(max(idx) + 1, 0) FROM records'
    const size = Number(prepared(this.#database, sql).pluck().get())
    // What a header must hold is compared first: parsing costs twenty times as much.
    const holds = this.#inAll.map(() => ' AND instr(header, ?) > 0').join('')
    const turns = this.#database
      .prepare(
        `SELECT idx, ${CONTEXT} FROM records WHERE idx >= ? AND idx < ?${holds} ORDER BY idx`
      )
      .raw()
    for (; this.#next < size; this.#next = Math.min(this.#next + SLICE, size)) {
      const rows = turns.all(this.#next, Math.min(this.#next + SLICE, size), ...this.#inAll)
      for (const [index, context] of rows as ContextRow[]) {
        const conversation = conversationIn(context)
        if (conversation !== undefined) this.#turns.get(conversation)?.push(index)
      }
    }
  }
}

/** The conversation that a context is of, by whose name records share parts. */
function conversationIn(context: string | null): string | undefined {
  return context === null ? undefined : scopeOf({ context: JSON.parse(context) })
}

/** The names of a conversation as they stand in headers. */
function textsIn(conversation: string): string[] {
  const names = JSON.parse(conversation) as readonly unknown[]
  return names.flatMap((name) => (name === null ? [] : JSON.stringify(name)))
}
