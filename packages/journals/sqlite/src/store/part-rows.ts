import { commit, type SealedContent, type SealedPart, toHex } from '@slm-audit/core/journal'
import { nodeSha256 } from '@slm-audit/core/node'
import type { PartCipher } from '@slm-audit/core/subjects'
import type { Database, Statement } from '../driver/database.ts'
import { encodeList, stepsOf } from './part-list.ts'
import { RowInserts } from './row-inserts.ts'

/** A list that was stored last of those with its first part. */
interface LastList {
  /** Its row of `contents`. */
  readonly id: number
  readonly ids: readonly number[]
  /** Bytes of its row, and the row that it has its beginning from, with so many parts. */
  readonly length: number
  readonly base?: { readonly id: number; readonly count: number }
}

const NO_SALT = new Uint8Array()

/** What was added last. */
interface Last {
  part?: { readonly id: number; readonly salt: Uint8Array }
  list?: { readonly id: number; readonly bytes: Uint8Array }
}

/** A row that is longer is one that later lists of the conversation begin with. */
const LONG_ROW = 96
/** Conversations whose last lists are remembered: the next then refers to them instead of listing all. */
const MOST_LISTS = 4_096

/** Parts of copied records that are remembered. */
const MOST_COPIED = 100_000

/** Stores the parts of contents, each once, and how contents refer to them. */
export class PartRows {
  readonly #inserts: RowInserts
  readonly #newest: Statement
  readonly #erasures: Statement
  /** Rows of parts that were sealed here, by the salt that sealing gives for a part each time. */
  #ids = new WeakMap<Uint8Array, number>()
  /** Rows of parts that were sealed elsewhere, by commitment. */
  #copied = new Map<string, number>()
  readonly #lists = new Map<number, LastList>()
  readonly #saltOf: Statement
  readonly #listOf: Statement
  #last: Last = {}
  #next = 0
  #erased: unknown

  constructor(database: Database) {
    this.#inserts = new RowInserts(database, 'parts', ['id', 'salt', 'body', 'key'])
    this.#newest = database
      .prepare(`SELECT coalesce(max(id), 0) FROM parts WHERE id < ${2 ** 52}`)
      .pluck()
    this.#saltOf = database.prepare('SELECT salt FROM parts WHERE id = ?').pluck()
    this.#listOf = database.prepare('SELECT list FROM contents WHERE id = ?').pluck()
    this.#erasures = database.prepare("SELECT value FROM meta WHERE name = 'erasures'").pluck()
  }

  /** Whether the next `flush` is due. */
  get isFull(): boolean {
    return this.#inserts.isFull
  }

  /**
   * Begins a transaction. False where what is known is not what is stored: parts were erased, by
   * whichever process, or a transaction was undone. All must then be forgotten, here and where parts are
   * sealed, because a new record must not refer to what is gone.
   */
  begin(): boolean {
    this.#next = Number(this.#newest.get()) + 1
    const erased = this.#erasures.get()
    const isSame = this.#erased === undefined || this.#erased === erased
    this.#erased = erased
    return isSame && this.#isStored()
  }

  /** Whether the last part and the last list are stored; if so, all before them are. */
  #isStored(): boolean {
    const { part, list } = this.#last
    const same = (found: unknown, expected: Uint8Array) =>
      found instanceof Uint8Array && Buffer.compare(found, expected) === 0
    if (part && !same(this.#saltOf.get(part.id), part.salt)) return false
    return list === undefined || same(this.#listOf.get(list.id), list.bytes)
  }

  /**
   * Takes the parts of a content that are not stored yet, encrypted where there is a cipher. Returns the value of
   * the row's column `list`.
   */
  add(
    contentId: number,
    { at, parts }: SealedContent,
    isCopy: boolean,
    cipher?: PartCipher
  ): Uint8Array | null {
    if (!parts) return null
    const ids = parts.map((part) => (isCopy ? this.#idOfCopy(part) : this.#idOf(part, cipher)))
    const base = this.#baseOf(ids)
    const steps = stepsOf(ids.slice(base?.count ?? 0), ids[(base?.count ?? 0) - 1] ?? 0)
    const back = base ? contentId - base.id : 0
    const bytes = encodeList({ back, steps, ...(at !== undefined && { at }) })
    this.#remember({ id: contentId, ids, length: bytes.length, ...(base && { base }) })
    this.#last.list = { id: contentId, bytes }
    return bytes
  }

  /** Inserts the parts that were added. Throws SQLite's error. */
  flush(): void {
    this.#inserts.flush()
  }

  /** Forgets where parts are, after a transaction that was undone. */
  forget(): void {
    this.#inserts.forget()
    this.#ids = new WeakMap()
    this.#copied.clear()
    this.#lists.clear()
    this.#last = {}
  }

  #idOf({ salt, body, commitment }: SealedPart, cipher: PartCipher | undefined): number {
    const known = salt && this.#ids.get(salt)
    if (known !== undefined) return known
    const id = this.#next++
    if (!salt || !body) throw new Error('a part that is not stored came without its bytes')
    if (cipher && commitment) {
      this.#insert(id, commitment, cipher.part({ salt, body }, commitment), cipher.key)
    } else this.#insert(id, salt, body)
    this.#ids.set(salt, id)
    return id
  }

  /** A part that its sealer stored once comes again with each record that has it. */
  #idOfCopy({ salt, body, commitment }: SealedPart): number {
    const isThere = salt && body
    // One that is gone here may be there in another record.
    const key = isThere ? commit(salt, body, nodeSha256) : `erased ${toHex(commitment ?? NO_SALT)}`
    const known = this.#copied.get(key)
    if (known !== undefined) return known
    const id = this.#next++
    if (isThere) this.#insert(id, salt, body)
    else this.#insert(id, commitment, undefined)
    if (this.#copied.size >= MOST_COPIED) this.#copied.clear()
    this.#copied.set(key, id)
    return id
  }

  /** Of a part that is erased, or encrypted, the salt is the commitment. */
  #insert(
    id: number,
    salt: Uint8Array = NO_SALT,
    body: Uint8Array | undefined,
    key: number | null = null
  ): void {
    this.#inserts.add([id, salt, body ?? null, key])
    this.#last.part = { id, salt }
  }

  /** The row that has the beginning of a list, if one is remembered. */
  #baseOf(ids: readonly number[]): LastList['base'] {
    const last = this.#lists.get(ids[0] ?? 0)
    if (!last?.ids.every((id, place) => ids[place] === id)) return undefined
    return last.length < LONG_ROW ? last.base : { id: last.id, count: last.ids.length }
  }

  #remember(list: LastList): void {
    const first = list.ids[0] ?? 0
    this.#lists.delete(first)
    this.#lists.set(first, list)
    if (this.#lists.size <= MOST_LISTS) return
    const [oldest] = this.#lists.keys()
    if (oldest !== undefined) this.#lists.delete(oldest)
  }
}
