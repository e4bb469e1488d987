import { joinParts, SALT_BYTES, type SealedContent, type SealedPart } from '@slm-audit/core/journal'
import type { Database, Statement } from '../driver/database.ts'
import { prepared } from '../driver/prepared.ts'
import { ColdValues } from './cold/cold-values.ts'
import { contentKeysOf } from './contents/content-keys.ts'
import { decodeList, idsOf, type PartList } from './part-list.ts'
import { CONTENTS_PER_RECORD } from './schema.ts'

/** What a row of `contents` has of a content. */
export interface ContentRow {
  readonly id: number
  readonly name: string
  readonly type: string
  readonly salt: Uint8Array
  readonly body: Uint8Array | null
  readonly list: Uint8Array | null
  /** The key that its body is encrypted with; null where it is plain. */
  readonly key: number | null
  /** The block that has its body; null where the row has. */
  readonly block?: number | null
}

/** The columns of a `ContentRow`; in a database of an earlier version, which only a writer changes, too. */
export function contentColumns(database: Database): string {
  const { list, key } = columnsOf(database)
  return `id, name, type, salt, body, ${list}, ${key}`
}

/** What `ContentRow`s are selected from where many are read: bodies that are cold stay in their blocks. */
export function storedContents(database: Database): string {
  return `SELECT ${contentColumns(database)}, ${columnsOf(database).block} FROM main.contents`
}

/** The column with the key of what is encrypted, or what stands for it. */
export function keyColumn(database: Database): string {
  return columnsOf(database).key
}

/** The columns that earlier versions lack, or what stands for them. */
interface LaterColumns {
  readonly list: string
  readonly key: string
  readonly block: string
}

/** Of a database that has them all, which never changes. */
const columns = new WeakMap<Database, LaterColumns>()

function columnsOf(database: Database): LaterColumns {
  const known = columns.get(database)
  if (known) return known
  const names = database
    .prepare("SELECT name FROM pragma_table_info('contents', 'main')")
    .pluck()
    .all()
  const of = (name: string) => (names.includes(name) ? name : `NULL AS ${name}`)
  const found = { list: of('list'), key: of('key'), block: of('block') }
  if (names.includes('block')) columns.set(database, found)
  return found
}

/**
 * Salts and bodies, one after the other in one value, because it is buffers that cost, not bytes; text
 * is bytes to SQLite. Of an erased part the salt is the commitment and there is no body; of an encrypted one
 * the salt is the commitment as well.
 */
const partsSql = (key: string, block: string) => `SELECT CAST(
    group_concat(parts.salt || coalesce(parts.body, x''), '') AS BLOB
  ), json_group_array(parts.id), json_group_array(octet_length(parts.salt)),
  json_group_array(octet_length(parts.body)), json_group_array(${key}), json_group_array(${block})
  FROM json_each(?) AS wanted CROSS JOIN main.parts ON parts.id = wanted.value
  WHERE typeof(parts.salt) = 'blob' AND typeof(parts.body) IN ('blob', 'null')`

/** The bytes of parts with commas between them, as items stand in a list, and how many parts have bytes that are plain. */
const itemsSql = (key: string) => `SELECT CAST(group_concat(parts.body, ',') AS BLOB),
  count(CASE WHEN ${key} IS NULL THEN parts.body END)
  FROM json_each(?) AS wanted CROSS JOIN main.parts ON parts.id = wanted.value`

type ItemsRow = [bytes: Uint8Array | null, count: number]

type PartsRow = [bytes: Uint8Array | null, ...lists: string[]]

const NOTHING: SealedPart = {}
/** Of a part that is not what was encrypted: no commitment fits it. */
const FOREIGN: SealedPart = { salt: new Uint8Array(), body: new Uint8Array() }
const NO_SALT = new Uint8Array()
const AUDIT_ID = 'SELECT audit_id FROM records WHERE idx = ?'

/** Of a row that holds values of other types than are written: a content that no commitment fits. */
function foreign({ name, type }: ContentRow): SealedContent {
  return { name, type, salt: new Uint8Array(), body: new Uint8Array() }
}

/** A content as it was sealed, with where its parts are. */
export interface StoredContent extends SealedContent {
  /** Row ids of its parts, in order. Those that the record brought have larger ids than all before. */
  readonly ids?: readonly number[]
}

/** Made once a database, when there is something to read: one of an earlier version has no parts, or no blocks. */
const STATEMENTS = new WeakMap<
  Database,
  { readonly list: Statement; readonly parts: Statement; readonly items: Statement }
>()

/** Reads contents that are stored in parts. Parts are kept while they are read again, up to a bound. */
export class PartReader {
  readonly #database: Database
  readonly #mostKept: number
  readonly #cold: ColdValues
  #kept = new Map<number, SealedPart>()
  #bytes = 0

  /** `mostKept` is the number of bytes of parts that may be kept. */
  constructor(database: Database, mostKept = 0, cold = new ColdValues(database)) {
    this.#database = database
    this.#cold = cold
    this.#mostKept = mostKept
  }

  /** A content as it was sealed. */
  content(row: ContentRow): StoredContent {
    const { id, name, type, salt, list, key, block = null } = row
    const body = block === null ? row.body : this.#cold.value('contents', block, id)
    if (key !== null && body instanceof Uint8Array) return this.#opened(row, key, body)
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

  #opened(row: ContentRow, key: number, bytes: Uint8Array): StoredContent {
    const { id, name, type } = row
    const index = Math.floor(id / CONTENTS_PER_RECORD)
    const auditId = String(prepared(this.#database, AUDIT_ID).pluck().get(index))
    const found = contentKeysOf(this.#database).open(key, bytes, { auditId, name })
    if (found === 'changed') return foreign(row)
    return { name, type, salt: NO_SALT, ...(found !== 'gone' && found) }
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
    const found = columnsOf(this.#database)
    const key = found.key === 'key' ? 'parts.key' : 'NULL'
    const block = found.block === 'block' ? 'parts.block' : 'NULL'
    const statements = {
      list: this.#database.prepare('SELECT list FROM contents WHERE id = ?').pluck(),
      parts: this.#database.prepare(partsSql(key, block)).raw(),
      items: this.#database.prepare(itemsSql(key)).raw()
    }
    STATEMENTS.set(this.#database, statements)
    return statements
  }

  #fetch(wanted: readonly number[]): void {
    const [bytes, ...lists] = this.#prepared().parts.get(JSON.stringify(wanted)) as PartsRow
    const [ids = [], salts = [], bodies = [], keys = [], blocks = []] = lists.map(
      (each) => JSON.parse(each) as (number | null)[]
    )
    let at = 0
    const take = (length: number): Uint8Array => {
      at += length
      return bytes?.subarray(at - length, at) ?? new Uint8Array()
    }
    for (const [place, id] of ids.entries()) {
      const salt = take(salts[place] ?? SALT_BYTES)
      const length = bodies[place] ?? null
      const key = keys[place] ?? null
      if (id === null) continue
      const block = blocks[place] ?? null
      const stored = length === null ? null : take(length)
      const body = block === null ? stored : this.#cold.value('parts', block, id)
      if (block !== null) this.#bytes += body?.length ?? 0
      this.#kept.set(id, body ? this.#part(salt, body, key) : { commitment: salt })
    }
    this.#bytes += bytes?.length ?? 0
  }

  #part(salt: Uint8Array, body: Uint8Array, key: number | null): SealedPart {
    if (key === null) return { salt, body }
    const found = contentKeysOf(this.#database).open(key, body, { commitment: salt })
    if (found === 'changed') return FOREIGN
    if (found === 'gone') return { commitment: salt }
    return 'encrypted' in found ? { commitment: salt, ...found } : found
  }
}
