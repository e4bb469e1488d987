import { AuditError, parseRecord, pendingErasure } from '@slm-audit/core/journal'
import { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { checkReadable, originOf } from './store/schema.ts'
import { sizeOf } from './store/sealed-rows.ts'
import { StoredTiles } from './store/stored-tiles.ts'
import { KEPT_MONTH, Writer } from './store/writer.ts'
import { COMMAND, enterWriter } from './store/writers.ts'

/** Which contents expire, and what the log says of it. */
export interface ExpireOptions {
  /** The first month that stays: `2026-09`. */
  readonly before: string
  /** Who asks for it. */
  readonly by: string
  /** Why. */
  readonly reason: string
}

/** What has expired. */
export interface ExpireReport {
  /** Months whose contents are gone, by their first days. */
  readonly months: readonly string[]
  /** Contents that are gone. */
  readonly contents: number
}

/** Commitments that one record names. */
const MOST_NAMED = 10_000
/** Headers that are read at a time. */
const PAGE = 1_000

/**
 * Lets the contents of whole months expire: says in the log which commitments they had, and drops their partitions, in
 * one transaction. Headers stay, and all proofs; what is not of a call (erasures, annotations) stays too. For
 * the owner of the schema. Rejects with AuditError.
 */
export async function expireContents(
  options: PlaceOptions,
  { before, by, reason }: ExpireOptions
): Promise<ExpireReport> {
  if (!/^\d{4}-(0[1-9]|1[0-2])$/.test(before)) {
    throw new AuditError('bad_option', 'before must be a month, such as 2026-09')
  }
  const connection = await Connection.open(checkPlace(options))
  try {
    await checkReadable(connection)
    const writer = new Writer(await originOf(connection), new StoredTiles())
    return await writer.exclusive(connection, async () => {
      const months = await monthsBefore(connection, `${before}-01`)
      let contents = 0
      for (const month of months)
        contents += await dropMonth(connection, writer, month, { by, reason })
      if (contents > 0) await enterWriter(connection, COMMAND)
      return { months, contents }
    })
  } finally {
    await connection.close()
  }
}

/** Months that have a partition still, and are over. */
async function monthsBefore(connection: Connection, first: string): Promise<string[]> {
  const s = connection.schema
  const rows = await connection.rows(
    `SELECT DISTINCT to_char(month, 'YYYY-MM-DD') AS month FROM ${s}.records
      WHERE month < least($1::date, date_trunc('month', now() AT TIME ZONE 'UTC')::date) AND month <> $2
        AND to_regclass('${s}.contents_' || to_char(month, 'YYYY_MM')) IS NOT NULL ORDER BY month`,
    [first, KEPT_MONTH]
  )
  return rows.map(({ month }) => String(month))
}

async function dropMonth(
  connection: Connection,
  writer: Writer,
  month: string,
  words: { readonly by: string; readonly reason: string }
): Promise<number> {
  const s = connection.schema
  let contents = 0
  let records: number[] = []
  let commitments: string[] = []
  const say = async () => {
    if (commitments.length === 0) return
    const note = { scope: 'age', ...words }
    const pending = [pendingErasure(note, { records, commitments })]
    await writer.appendNow(connection, await sizeOf(connection), [{ pending }])
    records = []
    commitments = []
  }
  for await (const { idx, header } of headersOf(connection, month)) {
    const own = Object.values(parseRecord({ header }).log.contents)
    if (own.length === 0) continue
    records.push(idx)
    commitments.push(...own.map(({ commitment }) => commitment))
    contents += own.length
    if (commitments.length >= MOST_NAMED) await say()
  }
  await say()
  const suffix = month.slice(0, 7).replace('-', '_')
  await connection.script(
    `DROP TABLE ${s}.contents_${suffix}, ${s}.parts_${suffix}, ${s}.texts_${suffix}`
  )
  const sql = `UPDATE ${s}.calls SET question = NULL, answer = NULL WHERE month = $1`
  await connection.run(sql, [month])
  return contents
}

/** The headers of a month, some at a time: it may have more than fit in memory. */
async function* headersOf(
  connection: Connection,
  month: string
): AsyncGenerator<{ readonly idx: number; readonly header: string }> {
  const sql = `SELECT idx, header FROM ${connection.schema}.records
    WHERE month = $1 AND idx > $2 ORDER BY idx LIMIT ${PAGE}`
  for (let last = -1; ; ) {
    const rows = await connection.rows(sql, [month, last])
    for (const { idx, header } of rows) {
      last = Number(idx)
      yield { idx: last, header: String(header) }
    }
    if (rows.length < PAGE) return
  }
}
