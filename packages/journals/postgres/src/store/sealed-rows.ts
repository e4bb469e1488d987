import {
  joinParts,
  parseRecord,
  type SealedContent,
  type SealedPart,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import type { ContentKeys } from '@slm-audit/core/subjects'
import { HASH_BYTES, TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'
import { type Reading, withKeys } from './contents/content-keys.ts'
import { keyColumn } from './schema.ts'

interface RecordRow {
  readonly idx: number
  readonly audit_id: string
  readonly stage: string
  readonly month: string
  readonly header: string
}

interface ContentRow {
  readonly idx: number
  readonly name: string
  readonly type: string
  readonly salt: Buffer
  readonly body: Buffer | null
  readonly parts: readonly number[] | null
  readonly at: number | null
  /** The key that its body is encrypted with; null where it is plain. */
  readonly key: number | null
}

interface PartRow {
  readonly id: number
  readonly salt: Buffer
  readonly body: Buffer | null
  readonly key: number | null
}

/** A content as it was sealed, with the ids of its parts. */
export interface ContentWithIds extends SealedContent {
  readonly ids?: readonly number[]
}

/** A record as it is stored. */
export interface RecordWithIds extends StoredRecord {
  readonly contents: readonly ContentWithIds[]
  /** The month of its contents: the first day, as text. */
  readonly month: string
}

/** Rows that are read at a time, and their bytes but for those of the last one. */
const SLICE = 256
const SLICE_BYTES = 4 * 1024 * 1024
const COLUMNS = 'idx, audit_id, stage, month, header'
const CONTENT_SIZE = /"bytes":(\d+),"commitment":/g

/** The number of records stored. */
export async function sizeOf(connection: Connection): Promise<number> {
  const sql = `SELECT coalesce(max(idx) + 1, 0) AS size FROM ${connection.schema}.records`
  const [row] = await connection.rows(sql)
  return Number(row?.size)
}

/**
 * Sealed records from an index to before another, as many as are read at a time; none at the end. Contents that are encrypted
 * stay closed unless they are asked for `opened`.
 */
export async function sealedPage(
  connection: Connection,
  from: number,
  to = Number.MAX_SAFE_INTEGER,
  reading: Reading = 'closed'
): Promise<RecordWithIds[]> {
  const rows = (await connection.rows(
    `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE idx >= $1 AND idx < $2 ORDER BY idx LIMIT ${SLICE}`,
    [from, to]
  )) as unknown as RecordRow[]
  return await withContents(connection, rows.slice(0, fittingRows(rows)), reading)
}

/** Sealed records with their contents opened, in the order of their index, from `fromIndex` to the size at the call. */
export async function* readSealed(
  connection: Connection,
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
  const end = await sizeOf(connection)
  for (let from = fromIndex; from < end; ) {
    const page = await sealedPage(connection, from, end, 'opened')
    yield* page
    from = (page.at(-1)?.index ?? end) + 1
  }
}

/** The records at some indices, in the order of the log; as `sealedPage`. */
export async function sealedAt(
  connection: Connection,
  indices: readonly number[],
  reading: Reading = 'closed'
): Promise<RecordWithIds[]> {
  if (indices.length === 0) return []
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE idx = ANY($1) ORDER BY idx`
  const rows = (await connection.rows(sql, [indices])) as unknown as RecordRow[]
  return await withContents(connection, rows, reading)
}

/** The records of some calls, in the order of the log; as `sealedPage`. */
export async function sealedOfCalls(
  connection: Connection,
  auditIds: readonly string[],
  reading: Reading = 'closed'
): Promise<RecordWithIds[]> {
  const rows = (await connection.rows(
    `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE audit_id = ANY($1) ORDER BY idx`,
    [auditIds]
  )) as unknown as RecordRow[]
  return await withContents(connection, rows, reading)
}

/** How many of the rows fit in a slice with their contents, by what their headers say of these. */
function fittingRows(rows: readonly RecordRow[]): number {
  let bytes = 0
  const over = rows.findIndex(({ header }) => {
    bytes += header.length
    for (const [, size] of header.matchAll(CONTENT_SIZE)) bytes += Number(size)
    return bytes > SLICE_BYTES
  })
  return over === -1 ? rows.length : Math.max(over, 1)
}

async function withContents(
  connection: Connection,
  rows: readonly RecordRow[],
  reading: Reading
): Promise<RecordWithIds[]> {
  if (rows.length === 0) return []
  const leaves = await leavesOf(connection, rows)
  const contents = await contentsOf(connection, rows, reading)
  return rows.map(({ idx, audit_id: auditId, stage, month, header }) => ({
    index: idx,
    leafHash: leaves(idx),
    header,
    month,
    contents: withExpired(header, contents.get(idx) ?? []),
    filedAs: { auditId, stage }
  }))
}

/** Contents whose month has expired have no rows: they are told from the header. */
function withExpired(header: string, contents: readonly ContentWithIds[]): ContentWithIds[] {
  const sizes = header.match(CONTENT_SIZE)?.length ?? 0
  if (sizes <= contents.length) return [...contents]
  const known = new Set(contents.map(({ name }) => name))
  const named = Object.entries(parseRecord({ header }).log.contents)
  const gone = named.filter(([name]) => !known.has(name))
  return [...contents, ...gone.map(([name, { type }]) => ({ name, type, salt: new Uint8Array() }))]
}

async function leavesOf(
  connection: Connection,
  rows: readonly RecordRow[]
): Promise<(index: number) => Uint8Array> {
  const wanted = [...new Set(rows.map(({ idx }) => Math.floor(idx / TILE_WIDTH)))]
  const sql = `SELECT n, hashes FROM ${connection.schema}.tiles WHERE level = 0 AND n = ANY($1)`
  const found = await connection.rows(sql, [wanted])
  const tiles = new Map(found.map(({ n, hashes }) => [n as number, hashes as Buffer]))
  return (index) => {
    const at = (index % TILE_WIDTH) * HASH_BYTES
    const hashes = tiles.get(Math.floor(index / TILE_WIDTH))
    return new Uint8Array(hashes?.subarray(at, at + HASH_BYTES) ?? [])
  }
}

async function contentsOf(
  connection: Connection,
  records: readonly RecordRow[],
  reading: Reading
): Promise<Map<number, ContentWithIds[]>> {
  const { schema } = connection
  const months = [...new Set(records.map(({ month }) => month))]
  const rows = (await connection.rows(
    `SELECT idx, name, type, salt, body, parts, at, ${await keyColumn(connection)} FROM ${schema}.contents
      WHERE idx = ANY($1) AND month = ANY($2::date[]) ORDER BY idx, ordinal`,
    [records.map(({ idx }) => idx), months]
  )) as unknown as ContentRow[]
  const ids = [...new Set(rows.flatMap(({ parts }) => parts ?? []))]
  const parts = await partsOf(connection, ids, months)
  const used = [...rows, ...parts].flatMap(({ key }) => key ?? [])
  return await withKeys(connection, [...new Set(used)], reading, (keys) => {
    const calls = new Map(records.map((record) => [record.idx, record.audit_id]))
    const opened = new Map(parts.map((row) => [row.id, partOf(row, keys)]))
    const contents = rows.map((row) => ({
      index: row.idx,
      content: contentOf(row, opened, { keys, auditId: calls.get(row.idx) ?? '' })
    }))
    return new Map(
      [...Map.groupBy(contents, ({ index }) => index)].map(([index, own]) => [
        index,
        own.map(({ content }) => content)
      ])
    )
  })
}

async function partsOf(
  connection: Connection,
  ids: readonly number[],
  months: readonly string[]
): Promise<readonly PartRow[]> {
  if (ids.length === 0) return []
  const rows = await connection.rows(
    `SELECT id, salt, body, ${await keyColumn(connection)} FROM ${connection.schema}.parts
      WHERE id = ANY($1) AND month = ANY($2::date[])`,
    [ids, months]
  )
  return rows as unknown as PartRow[]
}

/** Of what is not what was encrypted: no commitment fits it. */
const FOREIGN = { salt: new Uint8Array(), body: new Uint8Array() }

/** Of a part that is erased, or encrypted, the salt is the commitment. */
function partOf({ salt, body, key }: PartRow, keys: ContentKeys | undefined): SealedPart {
  const own = new Uint8Array(salt)
  if (!body) return { commitment: own }
  if (key === null || !keys) return { salt: own, body: new Uint8Array(body) }
  const found = keys.open(key, body, { commitment: own })
  if (found === 'changed') return FOREIGN
  if (found === 'gone') return { commitment: own }
  return 'encrypted' in found ? { commitment: own, ...found } : found
}

function contentOf(
  row: ContentRow,
  known: ReadonlyMap<number, SealedPart>,
  { keys, auditId }: { readonly keys: ContentKeys | undefined; readonly auditId: string }
): ContentWithIds {
  const { name, type, parts: ids, at, key, body } = row
  const salt = new Uint8Array(row.salt)
  if (key !== null && body && keys) {
    const found = keys.open(key, body, { auditId, name })
    if (found === 'changed') return { name, type, ...FOREIGN }
    return { name, type, salt, ...(found !== 'gone' && found) }
  }
  if (!ids) return { name, type, salt, ...(body && { body: new Uint8Array(body) }) }
  const parts = ids.map((id) => known.get(id) ?? {})
  const place = at === null ? {} : { at }
  const bodies = parts.flatMap(({ body: own }) => own ?? [])
  const whole = bodies.length < parts.length ? {} : { body: joinParts(bodies, at ?? undefined) }
  return { name, type, salt, parts, ids, ...place, ...whole }
}
