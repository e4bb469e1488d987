import { CONTENTS_ERASED, readErasure } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import { callRow } from '../store/call-row.ts'
import { type ParsedRecord, recordsAt } from '../store/sealed-rows.ts'
import { gatherCalls } from './gather-calls.ts'

/** Records of one statement. */
const SLICE = 500
/** The server answers once all parts are written anew, so that what was stored is not acknowledged before. */
const WAIT = 'SETTINGS mutations_sync = 2'

/**
 * Takes out the contents that an erasure took out of the log. What is erased there in part goes here as a whole. Rejects
 * with AuditError `journal_unavailable`.
 */
export async function followErasures(
  connection: Connection,
  records: readonly ParsedRecord[],
  expiresOn: (record: ParsedRecord) => string,
  signal: AbortSignal
): Promise<void> {
  const erased = new Set(
    records
      .filter(({ header }) => header.kind === CONTENTS_ERASED)
      .flatMap(({ sealed }) => readErasure(sealed).records)
  )
  const indices = [...erased]
  for (let at = 0; at < indices.length; at += SLICE) {
    const slice = indices.slice(at, at + SLICE)
    await takeOut(connection, slice, signal)
    const bare = await recordsAt(connection, slice, signal)
    if (bare.length > 0) await replaceCalls(connection, bare, expiresOn, signal)
  }
}

/** The names of contents stay, so that a call shows what it had. `encodeSealed` of the core has the form of the text. */
const BARE = `concat('{"contents":[', arrayStringConcat(arrayMap(own ->
    concat('{"name":', JSONExtractRaw(own, 'name'), ',"type":', JSONExtractRaw(own, 'type'), ',"salt":""}'),
    JSONExtractArrayRaw(sealed, 'contents')), ','), substring(sealed, position(sealed, '],"index":')))`

async function takeOut(
  connection: Connection,
  indices: readonly number[],
  signal: AbortSignal
): Promise<void> {
  const sql = `ALTER TABLE ${connection.prefix}_records UPDATE sealed = ${BARE} WHERE idx IN (${indices.join(', ')}) ${WAIT}`
  await connection.run(sql, signal)
}

/** The rows hold words: the old ones go, and are not left to the server's next merge. */
async function replaceCalls(
  connection: Connection,
  bare: readonly ParsedRecord[],
  expiresOn: (record: ParsedRecord) => string,
  signal: AbortSignal
): Promise<void> {
  const calls = await gatherCalls(connection, bare, signal)
  const rows = calls.map((call) => callRow(call, expiresOn(call.records[0])))
  const ids = rows.map(({ id }) => id).join(', ')
  const table = `${connection.prefix}_calls`
  await connection.run(`ALTER TABLE ${table} DELETE WHERE id IN (${ids}) ${WAIT}`, signal)
  await connection.insert('calls', rows, signal)
}
