import {
  type RangeFindings,
  type SealedContent,
  type StoredRecord,
  withAged
} from '@slm-audit/core/journal'
import { TILE_WIDTH } from '@slm-audit/core/tlog'
import { isDamage } from '../driver/damage.ts'
import type { Database } from '../driver/database.ts'
import { ColdValues } from '../store/cold/cold-values.ts'
import { type ContentRow, PartReader, storedContents } from '../store/part-reader.ts'
import { CONTENTS_PER_RECORD } from '../store/schema.ts'
import {
  headerOf,
  leafReader,
  oneByOne,
  recordOf,
  type StoredRow,
  storedRecords
} from '../store/sealed-rows.ts'
import { agedRanges } from '../store/upkeep/aged-ranges.ts'

/** A range of records to check. */
export interface RangeRequest {
  readonly from: number
  readonly to: number
}

/** What a worker found, or why it could not look. */
export type RangeAnswer = { readonly findings: RangeFindings } | { readonly problem: string }

/** `small` is the length of a small body, which is read with others. */
type ContentFacts = [id: number, name: string, type: string, small: number | null]

/** Records that are read at a time. */
const PAGE = TILE_WIDTH
const SALT_BYTES = 32
/** Contents with as many bytes at most are read together: it is buffers that cost, not bytes. */
const SMALL_BYTES = 4096

const IS_SMALL = `typeof(salt) = 'blob' AND octet_length(salt) = ${SALT_BYTES}
  AND typeof(body) = 'blob' AND octet_length(body) <= ${SMALL_BYTES}`
const CONTENTS = `SELECT id, name, type, iif(${IS_SMALL}, octet_length(body), NULL) FROM main.contents
  WHERE id >= ? AND id < ? ORDER BY id`
/** Salt and body of each small content, one after the other: text is bytes to SQLite. */
const SMALL = `SELECT CAST(group_concat(salt || body, '') AS BLOB) FROM (
  SELECT salt, body FROM main.contents WHERE id >= ? AND id < ? AND ${IS_SMALL} ORDER BY id)`
/** Bytes of parts that are kept, because the calls of a conversation share them. */
const KEPT_BYTES = 16 * 1024 * 1024
/** Blocks that are kept unpacked, of some 64 kB each. */
const KEPT_BLOCKS = 64

/**
 * Reads ranges of records as `readSealed` gives them, but faster: `from` to `to` - 1. The handle
 * must be in a transaction, because a page of records is read by several statements.
 */
export function rangeReader(
  database: Database
): (from: number, to: number) => Generator<StoredRecord> {
  const records = database
    .prepare(`${storedRecords(database)} WHERE idx >= ? AND idx < ? ORDER BY idx`)
    .raw()
  const cold = new ColdValues(database, KEPT_BLOCKS)
  const contentsOf = contentReader(database, cold)
  const leafOf = leafReader(database)
  const page = (first: number, end: number): StoredRecord[] => {
    const takeOf = contentsOf(first, end)
    return (records.all(first, end) as StoredRow[]).map((row) => {
      const { idx: index, audit_id: auditId, stage, header } = recordOf(row, cold)
      return {
        index,
        leafHash: leafOf(index),
        ...headerOf(header),
        contents: takeOf(index),
        filedAs: { auditId, stage }
      }
    })
  }
  const aged = agedRanges(database)
  return function* (from, to) {
    for (let first = from; first < to; first += PAGE) {
      const end = Math.min(to, first + PAGE)
      yield* withAged(readablePage(database, first, end, page), [first, end], aged, leafOf)
    }
  }
}

/** The records of a page, as far as they can be read. */
function readablePage(
  database: Database,
  from: number,
  to: number,
  read: (from: number, to: number) => StoredRecord[]
): Iterable<StoredRecord> {
  try {
    return read(from, to)
  } catch (error) {
    if (!isDamage(error)) throw error
    return oneByOne(database, from, to)
  }
}

/** Gives the contents of the records of a page, which must be asked for in their order. */
function contentReader(database: Database, cold: ColdValues) {
  const facts = database.prepare(CONTENTS).raw()
  const small = database.prepare(SMALL).pluck()
  const one = database.prepare(`${storedContents(database)} WHERE id = ?`)
  const reader = new PartReader(database, KEPT_BYTES, cold)
  const alone = ([id]: ContentFacts): SealedContent => {
    const row = one.get(id) as ContentRow
    const { list } = row
    return list instanceof Uint8Array ? reader.parts(row, list) : reader.content(row)
  }
  return (from: number, to: number) => {
    const ids = [from * CONTENTS_PER_RECORD, to * CONTENTS_PER_RECORD]
    const rows = facts.all(ids) as ContentFacts[]
    const bytes = (small.get(ids) as Uint8Array | null) ?? new Uint8Array()
    let next = 0
    let at = 0
    const take = (row: ContentFacts): SealedContent => {
      const [, name, type, length] = row
      if (length === null) return alone(row)
      const start = at + SALT_BYTES
      const salt = bytes.subarray(at, start)
      at = start + length
      return { name, type, salt, body: bytes.subarray(start, at) }
    }
    return (index: number): SealedContent[] => {
      const own: SealedContent[] = []
      for (
        let row = rows[next];
        row && row[0] < (index + 1) * CONTENTS_PER_RECORD;
        row = rows[++next]
      ) {
        const content = take(row)
        if (row[0] >= index * CONTENTS_PER_RECORD) own.push(content)
      }
      return own
    }
  }
}
