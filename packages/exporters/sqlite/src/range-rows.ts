import type { SealedContent, StoredRecord } from '@slm-audit/core'
import type { Database } from 'better-sqlite3'
import { CONTENTS_PER_RECORD } from './schema.ts'
import { leafReader } from './sealed-rows.ts'

type RecordRow = [index: number, auditId: string, stage: string, header: string]
type ContentRow = [id: number, name: string, type: string, salted: Uint8Array, bytes: number | null]

const RECORDS = `SELECT idx, audit_id, stage, header FROM records
  WHERE idx >= ? AND idx < ? ORDER BY idx`
/** Salt and body in one value: a buffer less for each content. */
const CONTENTS = `SELECT id, name, type, CAST(salt || ifnull(body, x'') AS BLOB), octet_length(body)
  FROM contents WHERE id >= ? AND id < ? ORDER BY id`

/**
 * The records `from` to `to` - 1 as `readSealed` gives them, but faster, and one at a time in
 * memory: two statements run side by side, so nobody may write by this handle meanwhile.
 */
export function* readRange(database: Database, from: number, to: number): Generator<StoredRecord> {
  const records = rowsOf<RecordRow>(database, RECORDS, from, to)
  const [first, last] = [from * CONTENTS_PER_RECORD, to * CONTENTS_PER_RECORD]
  const contents = rowsOf<ContentRow>(database, CONTENTS, first, last)
  const leafOf = leafReader(database)
  try {
    let next = contents.next()
    for (const [index, auditId, stage, header] of records) {
      const own: SealedContent[] = []
      for (
        ;
        !next.done && next.value[0] < (index + 1) * CONTENTS_PER_RECORD;
        next = contents.next()
      ) {
        if (next.value[0] >= index * CONTENTS_PER_RECORD) own.push(toContent(next.value))
      }
      yield { index, leafHash: leafOf(index), header, contents: own, filedAs: { auditId, stage } }
    }
  } finally {
    contents.return?.()
  }
}

function rowsOf<Row>(database: Database, sql: string, from: number, to: number) {
  return database.prepare(sql).raw().iterate(from, to) as IterableIterator<Row>
}

function toContent([, name, type, salted, bytes]: ContentRow): SealedContent {
  if (bytes === null) return { name, type, salt: salted }
  const at = salted.length - bytes
  return { name, type, salt: salted.subarray(0, at), body: salted.subarray(at) }
}
