import {
  joinParts,
  parseRecord,
  type SealedContent,
  type SealedPart,
  type SealedRecord,
  type StoredRecord
} from '@slm-audit/core/journal'
import { HASH_BYTES, TILE_WIDTH } from '@slm-audit/core/tlog'
import type { Connection } from '../connection/connection.ts'

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

/** Sealed records from an index to before another, as many as are read at a time; none at the end. */
export async function sealedPage(
  connection: Connection,
  from: number,
  to = Number.MAX_SAFE_INTEGER
): Promise<RecordWithIds[]> {
  const rows = (await connection.rows(
    `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE idx >= $1 AND idx < $2 ORDER BY idx LIMIT ${SLICE}`,
    [from, to]
  )) as unknown as RecordRow[]
  return await withContents(connection, rows.slice(0, fittingRows(rows)))
}

/** Sealed records in the order of their index, from `fromIndex` to the size at the call. */
export async function* readSealed(
  connection: Connection,
  fromIndex = 0
): AsyncGenerator<SealedRecord> {
  const end = await sizeOf(connection)
  for (let from = fromIndex; from < end; ) {
    const page = await sealedPage(connection, from, end)
    yield* page
    from = (page.at(-1)?.index ?? end) + 1
  }
}

/** The records at some indices, in the order of the log. */
export async function sealedAt(
  connection: Connection,
  indices: readonly number[]
): Promise<RecordWithIds[]> {
  if (indices.length === 0) return []
  const sql = `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE idx = ANY($1) ORDER BY idx`
  const rows = (await connection.rows(sql, [indices])) as unknown as RecordRow[]
  return await withContents(connection, rows)
}

/** The records of some calls, in the order of the log. */
export async function sealedOfCalls(
  connection: Connection,
  auditIds: readonly string[]
): Promise<RecordWithIds[]> {
  const rows = (await connection.rows(
    `SELECT ${COLUMNS} FROM ${connection.schema}.records WHERE audit_id = ANY($1) ORDER BY idx`,
    [auditIds]
  )) as unknown as RecordRow[]
  return await withContents(connection, rows)
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
  rows: readonly RecordRow[]
): Promise<RecordWithIds[]> {
  if (rows.length === 0) return []
  const leaves = await leavesOf(connection, rows)
  const contents = await contentsOf(connection, rows)
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
  records: readonly RecordRow[]
): Promise<Map<number, ContentWithIds[]>> {
  const { schema } = connection
  const months = [...new Set(records.map(({ month }) => month))]
  const rows = (await connection.rows(
    `SELECT idx, name, type, salt, body, parts, at FROM ${schema}.contents
      WHERE idx = ANY($1) AND month = ANY($2::date[]) ORDER BY idx, ordinal`,
    [records.map(({ idx }) => idx), months]
  )) as unknown as ContentRow[]
  const ids = [...new Set(rows.flatMap(({ parts }) => parts ?? []))]
  const parts = await partsOf(connection, ids, months)
  const contents = new Map<number, ContentWithIds[]>()
  for (const row of rows) {
    const own = contents.get(row.idx) ?? []
    own.push(contentOf(row, parts))
    contents.set(row.idx, own)
  }
  return contents
}

async function partsOf(
  connection: Connection,
  ids: readonly number[],
  months: readonly string[]
): Promise<Map<number, SealedPart>> {
  if (ids.length === 0) return new Map()
  const rows = await connection.rows(
    `SELECT id, salt, body FROM ${connection.schema}.parts
      WHERE id = ANY($1) AND month = ANY($2::date[])`,
    [ids, months]
  )
  return new Map(
    rows.map(({ id, salt, body }) => {
      const own = new Uint8Array(salt as Buffer)
      const part = body ? { salt: own, body: new Uint8Array(body as Buffer) } : { commitment: own }
      return [id as number, part]
    })
  )
}

function contentOf(row: ContentRow, known: ReadonlyMap<number, SealedPart>): ContentWithIds {
  const { name, type, parts: ids, at } = row
  const salt = new Uint8Array(row.salt)
  if (!ids) return { name, type, salt, ...(row.body && { body: new Uint8Array(row.body) }) }
  const parts = ids.map((id) => known.get(id) ?? {})
  const place = at === null ? {} : { at }
  const bodies = parts.flatMap(({ body }) => body ?? [])
  const whole = bodies.length < parts.length ? {} : { body: joinParts(bodies, at ?? undefined) }
  return { name, type, salt, parts, ids, ...place, ...whole }
}
