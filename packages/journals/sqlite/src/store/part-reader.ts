import { joinParts, SALT_BYTES, type SealedContent, type SealedPart } from '@slm-audit/core/journal'
import type { Database, Statement } from '../driver/database.ts'
import { decodeList, idsOf, type PartList } from './part-list.ts'

/** What a row of `contents` has of a content. */
export interface ContentRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly salt: Uint8Array
  readonly body: Uint8Array | null
  readonly list: Uint8Array | null
}

/** The columns of a `ContentRow`; in a database of an earlier version, which only a writer changes, too. */
export function contentColumns(database: Database): string {
  return `id, name, type, salt, body, ${listColumn(database)}`
}

/** The column `list`, or what stands for it. */
function listColumn(database: Database): string {
  // Only a database that has it never changes in this.
  if (STATEMENTS.has(database)) return 'list'
  const has = database.prepare(`SELECT 1 FROM pragma_table_info('contents') WHERE name = 'list'`)
  return has.get() === undefined ? 'NULL AS list' : 'list'
}

/**
 * Salts and bodies, one after the other in one value, because it is buffers that cost, not bytes; text
 * is bytes to SQLite. Of an erased part the salt is the commitment and there is no body.
 */
const PARTS = `SELECT CAST(group_concat(parts.salt || coalesce(parts.body, x''), '') AS BLOB),
  json_group_array(parts.id), json_group_array(octet_length(parts.salt)),
  json_group_array(octet_length(parts.body))
  FROM json_each(?) AS wanted CROSS JOIN parts ON parts.id = wanted.value
  WHERE typeof(parts.salt) = 'blob' AND typeof(parts.body) IN ('blob', 'null')`

/** The bytes of parts with commas between them, as items stand in a list, and how many parts have bytes. */
const ITEMS = `SELECT CAST(group_concat(parts.body, ',') AS BLOB), count(parts.body)
  FROM json_each(?) AS wanted CROSS JOIN parts ON parts.id = wanted.value`

type ItemsRow = [bytes: Uint8Array | null, count: number]

type PartsRow = [bytes: Uint8Array | null, ids: string, salts: string, bodies: string]

const NOTHING: SealedPart = {}

/** Of a row that holds values of other types than are written: a content that no commitment fits. */
function foreign({ name, type }: ContentRow): SealedContent {
  return { name, type, salt: new Uint8Array(), body: new Uint8Array() }
}

/** A content as it was sealed, with where its parts are. */
export interface StoredContent extends SealedContent {
  /** Row ids of its parts, in order. Those that the record brought have larger ids than all before. */
  readonly ids?: readonly number[]
}

/** Made once a database, when there is something to read: one of an earlier version has no parts. */
const STATEMENTS = new WeakMap<
  Database,
  { readonly list: Statement; readonly parts: Statement; readonly items: Statement }
>()

/** Reads contents that are stored in parts. Parts are kept while they are read again, up to a bound. */
export class PartReader {
  readonly #database: Database
  readonly #mostKept: number
  #kept = new Map<number, SealedPart>()
  #bytes = 0

  /** `mostKept` is the number of bytes of parts that may be kept. */
  constructor(database: Database, mostKept = 0) {
    this.#database = database
    this.#mostKept = mostKept
  }

  /** A content as it was sealed. */
  content(row: ContentRow): StoredContent {
    const { name, type, salt, body, list } = row
    if (list === null) {
      const isBytes = salt instanceof Uint8Array && (body === null || body instanceof Uint8Array)
      return isBytes ? { name, type, salt, ...(body !== null && { body }) } : foreign(row)
    }
    if (!(list instanceof Uint8Array)) return foreign(row)
    const content = this.parts(row, list)
    const { parts = [], at } = content
    const bodies = parts.flatMap((part) => part.body ?? [])
    return bodies.length < parts.length ? content : { ...content, body: joinParts(bodies, at) }
  }

  /** A content without its parts, for who only reads it; with them where some are gone. */
  whole(row: ContentRow): SealedContent {
    const { id, name, type, salt, list } = row
    if (!(list instanceof Uint8Array)) return this.content(row)
    const { at, ids } = this.#listOf(id, list)
    const items = at === undefined ? ids : ids.slice(1)
    const [bytes, count] = this.#prepared().items.get(JSON.stringify(items)) as ItemsRow
    const [frame] = at === undefined ? [] : this.#read(ids.slice(0, 1))
    const isThere = count === items.length && (at === undefined || frame?.body !== undefined)
    if (!isThere) return this.content(row)
    const joined = bytes ? [bytes] : []
    return { name, type, salt, body: joinParts(frame?.body ? [frame.body, ...joined] : joined, at) }
  }

  /** A content in parts, without its bytes in one. */
  parts({ id, name, type, salt }: Omit<ContentRow, 'body'>, list: Uint8Array): StoredContent {
    const { at, ids } = this.#listOf(id, list)
    return { name, type, salt, parts: this.#read(ids), ids, ...(at !== undefined && { at }) }
  }

  /** The rows of `parts` that a content refers to, without reading them. */
  idsOf({ id }: Pick<ContentRow, 'id'>, list: Uint8Array): readonly number[] {
    return this.#listOf(id, list).ids
  }

  /** Follows a list to the row where it begins. */
  #listOf(id: number, bytes: Uint8Array): PartList {
    const stored = decodeList(bytes)
    const behind: (readonly number[])[] = []
    for (let [row, next] = [id, stored]; ; ) {
      behind.push(next.steps)
      row -= next.back
      const found = next.back > 0 ? this.#prepared().list.get(row) : undefined
      if (!(found instanceof Uint8Array)) break
      next = decodeList(found)
    }
    const ids: number[] = []
    for (const steps of behind.reverse()) ids.push(...idsOf(steps, ids.at(-1) ?? 0))
    return { ids, ...(stored.at !== undefined && { at: stored.at }) }
  }

  #read(ids: readonly number[]): SealedPart[] {
    if (this.#bytes > this.#mostKept) {
      this.#kept = new Map()
      this.#bytes = 0
    }
    const missing = [...new Set(ids)].filter((id) => !this.#kept.has(id))
    if (missing.length > 0) this.#fetch(missing)
    return ids.map((id) => this.#kept.get(id) ?? NOTHING)
  }

  #prepared() {
    const known = STATEMENTS.get(this.#database)
    if (known) return known
    const statements = {
      list: this.#database.prepare('SELECT list FROM contents WHERE id = ?').pluck(),
      parts: this.#database.prepare(PARTS).raw(),
      items: this.#database.prepare(ITEMS).raw()
    }
    STATEMENTS.set(this.#database, statements)
    return statements
  }

  #fetch(wanted: readonly number[]): void {
    const [bytes, ...lists] = this.#prepared().parts.get(JSON.stringify(wanted)) as PartsRow
    const [ids = [], salts = [], bodies = []] = lists.map((each) => JSON.parse(each) as number[])
    let at = 0
    const take = (length: number): Uint8Array => {
      at += length
      return bytes?.subarray(at - length, at) ?? new Uint8Array()
    }
    for (const [place, id] of ids.entries()) {
      const salt = take(salts[place] ?? SALT_BYTES)
      const length: number | null = bodies[place] ?? null
      this.#kept.set(id, length === null ? { commitment: salt } : { salt, body: take(length) })
    }
    this.#bytes += bytes?.length ?? 0
  }
}
