import {
  type HeldBack,
  HeldRecords,
  isStanding,
  parseRecord,
  type RecordScope,
  ScopedRecords
} from '@slm-audit/core/journal'
import { OVERHEAD_BYTES } from '@slm-audit/core/subjects'
import type { Connection } from '../connection/connection.ts'
import { PARTS_PER_RECORD } from '../store/part-ids.ts'
import { keyColumn } from '../store/schema.ts'
import { gatherRecords } from './gather-records.ts'
import { activeHolds } from './holds.ts'

/** A content, or a part of one, that is there and is to go. */
export interface LostPiece {
  /** The record that has it. */
  readonly index: number
  /** What the header commits to it by, in lower-case hex; of a part, what the head of its content is made of. */
  readonly commitment: string
  readonly bytes: number
  /** The id of the part; absent for a content that is in one piece. */
  readonly part?: number
  /** The data key that it is encrypted with; absent for what is plain. */
  readonly key?: number
}

/** What an erasure takes out of a log, as the log is in its transaction. */
export interface ErasurePlan extends HeldBack {
  /** Records of the scope that no hold keeps, ascending. */
  readonly records: readonly number[]
  /** Calls among them. */
  readonly calls: number
  readonly pieces: readonly LostPiece[]
}

/** Records whose contents one statement asks for. */
const CHUNK = 500

/** What holds keep of the records before an index. Rejects with AuditError. */
export async function heldRecords(connection: Connection, until: number): Promise<HeldRecords> {
  const holds = await activeHolds(connection)
  const held = new HeldRecords(holds)
  const scopes = holds.map(({ scope }) => scope)
  await gatherRecords(connection, scopes, until, (index, record) => held.add(index, record))
  return held
}

/** Finds what any of some scopes means before an index, and holds do not keep; all records where one is absent. Rejects with AuditError. */
export async function planErasure(
  connection: Connection,
  scopes: readonly (RecordScope | undefined)[],
  until: number
): Promise<ErasurePlan> {
  const holds = await activeHolds(connection)
  const held = new HeldRecords(holds)
  const scoped = scopes.map((scope) => new ScopedRecords(scope))
  const all = [...scopes, ...holds.map((hold) => hold.scope)]
  await gatherRecords(connection, all, until, (index, record) => {
    held.add(index, record)
    for (const each of scoped) each.add(index, record)
  })
  const kept = held.indices
  const meant = new Set(scoped.flatMap((each) => [...each.indices()]))
  const records = [...meant].filter((index) => !kept.has(index)).sort((a, b) => a - b)
  const pieces = await piecesOf(connection, records, kept)
  return { records, calls: await callsOf(connection, records), pieces, ...held.among(meant) }
}

/** The records before an index, beside some, that refer to parts: turns of the same conversation. */
export async function recordsSharing(
  connection: Connection,
  parts: readonly number[]
): Promise<number[]> {
  const using = await recordsUsing(connection, parts)
  return [...new Set(using.map(({ index }) => index))].sort((one, other) => one - other)
}

/** A record, and a part that it refers to. */
export interface PartUse {
  readonly index: number
  readonly part: number
}

/**
 * The records that refer to parts, each with each part. Only what was stored in the month of a part, and not before the record that
 * brought it, refers to it: the rest of the log is not looked at. Rejects with AuditError.
 */
export async function recordsUsing(
  connection: Connection,
  parts: readonly number[]
): Promise<PartUse[]> {
  if (parts.length === 0) return []
  const s = connection.schema
  const months = await connection.rows(
    `SELECT DISTINCT month FROM ${s}.parts WHERE id = ANY($1::bigint[])`,
    [parts]
  )
  const first = parts.reduce((least, part) => Math.min(least, part)) / PARTS_PER_RECORD
  const rows = await connection.rows(
    `SELECT idx, part FROM ${s}.contents CROSS JOIN unnest(parts) AS part
      WHERE month = ANY($2::date[]) AND idx >= $3 AND part = ANY($1::bigint[])`,
    [parts, months.map(({ month }) => String(month)), Math.floor(first)]
  )
  return rows.map(({ idx, part }) => ({ index: Number(idx), part: Number(part) }))
}

/** The ids of the parts that some records refer to. */
async function partsOf(
  connection: Connection,
  records: readonly number[]
): Promise<ReadonlySet<number>> {
  const found = new Set<number>()
  const sql = `SELECT DISTINCT unnest(parts) AS part FROM ${connection.schema}.contents WHERE idx = ANY($1)`
  for (const chunk of chunksOf(records)) {
    for (const { part } of await connection.rows(sql, [chunk])) found.add(Number(part))
  }
  return found
}

async function callsOf(connection: Connection, records: readonly number[]): Promise<number> {
  const sql = `SELECT count(DISTINCT audit_id) AS calls FROM ${connection.schema}.records
    WHERE idx = ANY($1) AND stage <> 'event'`
  const [row] = await connection.rows(sql, [records])
  return Number(row?.calls)
}

/** What is there of records, each part once; but for parts that others need, which stay. */
export async function piecesOf(
  connection: Connection,
  records: readonly number[],
  kept: ReadonlySet<number>
): Promise<LostPiece[]> {
  const pieces: LostPiece[] = []
  const seen = new Set<number>(await partsOf(connection, [...kept]))
  for (const chunk of chunksOf(records)) {
    const owners = new Map<number, number>()
    for (const row of await rowsOf(connection, chunk)) {
      const { index, header, name, parts, bytes, key } = row
      const { kind, log } = parseRecord({ header })
      // What the log says of erasures and holds stays: without it nobody could tell what was erased.
      if (isStanding(kind)) continue
      for (const part of parts ?? []) {
        if (!seen.has(part)) owners.set(part, index)
        seen.add(part)
      }
      const commitment = log.contents[name]?.commitment
      if (bytes === null || commitment === undefined) continue
      pieces.push({ index, commitment, bytes: plainSize(bytes, key), ...(key !== null && { key }) })
    }
    pieces.push(...(await storedParts(connection, owners)))
  }
  return pieces
}

interface ContentFacts {
  readonly index: number
  readonly header: string
  readonly name: string
  readonly parts: readonly number[] | null
  /** How many bytes it has; null for one in parts, and for one that is gone. */
  readonly bytes: number | null
  readonly key: number | null
}

/** How many bytes were sealed, of those that are stored. */
function plainSize(bytes: number, key: number | null): number {
  return bytes - (key === null ? 0 : OVERHEAD_BYTES)
}

async function rowsOf(connection: Connection, records: readonly number[]): Promise<ContentFacts[]> {
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT idx AS index, header, name, parts, octet_length(body) AS bytes, ${await keyColumn(connection)}
      FROM ${s}.records JOIN ${s}.contents USING (idx) WHERE idx = ANY($1) ORDER BY idx, ordinal`,
    [records]
  )
  return rows as unknown as ContentFacts[]
}

/** The parts that are there, of those that records own; the server has their commitments, so that no bytes travel. */
async function storedParts(
  connection: Connection,
  owners: ReadonlyMap<number, number>
): Promise<LostPiece[]> {
  const rows = await connection.rows(
    `SELECT id, encode(CASE WHEN key IS NULL THEN sha256(salt || body) ELSE salt END, 'hex') AS commitment,
        octet_length(body) AS bytes, key
      FROM (SELECT id, salt, body, ${await keyColumn(connection)} FROM ${connection.schema}.parts
        WHERE id = ANY($1) AND body IS NOT NULL) AS stored ORDER BY id`,
    [[...owners.keys()]]
  )
  return rows.map(({ id, commitment, bytes, key: keyId }) => {
    const part = Number(id)
    const key = keyId === null ? null : Number(keyId)
    return {
      index: owners.get(part) ?? 0,
      commitment: String(commitment),
      bytes: plainSize(Number(bytes), key),
      part,
      ...(key !== null && { key })
    }
  })
}

/** Some records at a time. */
export function* chunksOf(records: readonly number[], size = CHUNK): Generator<number[]> {
  for (let at = 0; at < records.length; at += size) yield records.slice(at, at + size)
}
