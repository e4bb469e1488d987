import type { Database, SqlFunction } from '../../driver/database.ts'
import { hasSchema } from '../../driver/has-schema.ts'
import { type ColdTable, unpackBlock } from './block.ts'

/** The functions of SQL that say whether a value is at hand, and give one, of the block's bytes where it is not. */
const [HAS, VALUE] = ['has_cold_value', 'cold_value']

/** Blocks that a handle keeps unpacked: those of a page of calls, and of a conversation. */
const MOST_KEPT = 16

/** Handles that see what is cold. */
const seeing = new WeakSet<Database>()

/**
 * Lets a handle read what is cold as all else: on it `records`, `contents` and `parts` are views that look values up in
 * their blocks. What writes says `main.records`, which has them as they are stored. Nothing where there
 * are no blocks yet, as in a database of an earlier version. Throws SQLite's error.
 */
export function seeCold(database: Database): void {
  if (!hasSchema(database, 'blocks')) return
  const { has, value } = coldFunctions()
  database.function(HAS, has)
  database.function(VALUE, value)
  database.exec(VIEWS)
  seeing.add(database)
}

/** Whether a database has got blocks since a handle to read it was opened, which does not see them. */
export function hasColdUnseen(database: Database): boolean {
  return !seeing.has(database) && hasSchema(database, 'blocks')
}

/** What a row has in place of a value that is in a block; NULL where the block has none. */
function looked(table: ColdTable, key: 'idx' | 'id'): string {
  const at = `${table}.${key}, blocks.id`
  return `(SELECT CASE WHEN ${HAS}(${at}, octet_length(blocks.bytes)) THEN ${VALUE}(${at}, NULL, NULL)
    ELSE ${VALUE}(${at}, blocks.rows, blocks.bytes) END
    FROM main.blocks WHERE blocks.id = ${table}.block AND blocks.of = '${table}')`
}

/** A body that its block does not have is none that fits a commitment. */
const body = (table: 'contents' | 'parts') =>
  `CASE WHEN block IS NULL THEN body ELSE coalesce(${looked(table, 'id')}, x'') END AS body`

/** What the log says of itself is never cold: it is asked for on the way to everything else, and few. */
const VIEWS = `
  CREATE TEMP VIEW records AS SELECT idx, audit_id, stage,
    CASE WHEN block IS NULL OR stage = 'event' THEN header ELSE CAST(${looked('records', 'idx')} AS TEXT) END AS header
    FROM main.records;
  CREATE TEMP VIEW contents AS SELECT id, name, type, salt, ${body('contents')}, list, key FROM main.contents;
  CREATE TEMP VIEW parts AS SELECT id, salt, ${body('parts')}, key FROM main.parts;`

/** The two functions of a handle. Blocks are kept unpacked, because a block costs to be given to a function at all. */
function coldFunctions(): { readonly has: SqlFunction; readonly value: SqlFunction } {
  const kept = new Map<
    number,
    { readonly length: number; readonly values: ReadonlyMap<number, Uint8Array> }
  >()
  const has = (id: number, block: number, length: number): number => {
    const found = kept.get(block)
    return found?.length === length && found.values.has(id) ? 1 : 0
  }
  const value = (
    id: number,
    block: number,
    rows: Uint8Array | null,
    bytes: Uint8Array | null
  ): Uint8Array | null => {
    if (rows instanceof Uint8Array && bytes instanceof Uint8Array) {
      kept.delete(block)
      kept.set(block, { length: bytes.length, values: unpackBlock({ rows, bytes }) })
      const [oldest] = kept.keys()
      if (kept.size > MOST_KEPT && oldest !== undefined) kept.delete(oldest)
    }
    return kept.get(block)?.values.get(id) ?? null
  }
  return { has, value }
}
