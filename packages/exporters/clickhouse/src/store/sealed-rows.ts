import {
  type AuditRecord,
  decodeSealed,
  encodeSealed,
  parseRecord,
  type SealedRecord
} from '@slm-audit/core/exporter'
import { ANNOTATION } from '@slm-audit/core/journal'
import type { Connection, Row } from '../connection/connection.ts'
import { literal } from '../connection/literals.ts'

/** A record with its header parsed. */
export interface ParsedRecord {
  readonly sealed: SealedRecord
  readonly header: AuditRecord
}

/** A record with its header parsed; `undefined` where that is damaged. */
export function parsed(sealed: SealedRecord): ParsedRecord | undefined {
  try {
    return { sealed, header: parseRecord(sealed) }
  } catch {
    // Verification of the log tells of it; there is nothing that it could be found by.
    return undefined
  }
}

/** The call that a record is filed under: the one that an annotation is about, else its own. */
export function callOf({ kind, parent, auditId }: AuditRecord): string {
  return kind === ANNOTATION && parent !== undefined ? parent : auditId
}

/** The row of a record. */
export function recordRow({ sealed, header }: ParsedRecord, expiresOn: string): Row {
  return {
    call: callOf(header).toWellFormed(),
    idx: sealed.index,
    audit_id: header.auditId.toWellFormed(),
    kind: header.kind,
    at: Date.parse(header.at) || 0,
    expires_on: expiresOn,
    sealed: encodeSealed(sealed)
  }
}

/** Places or ids in one statement, which takes 256 KiB. */
const SLICE = 1_000

/** The records of and about some calls, in the order of the log. Rejects with AuditError `journal_unavailable`. */
export async function recordsOf(
  connection: Connection,
  calls: readonly string[],
  signal?: AbortSignal
): Promise<ParsedRecord[]> {
  const values = calls.map((call) => literal(call.toWellFormed()))
  return await recordsWhere(connection, 'call', values, signal)
}

/** The records at some places of the log. Rejects with AuditError `journal_unavailable`. */
export async function recordsAt(
  connection: Connection,
  indices: readonly number[],
  signal?: AbortSignal
): Promise<ParsedRecord[]> {
  return await recordsWhere(connection, 'idx', indices.map(String), signal)
}

async function recordsWhere(
  connection: Connection,
  column: 'call' | 'idx',
  values: readonly string[],
  signal: AbortSignal | undefined
): Promise<ParsedRecord[]> {
  const found: ParsedRecord[] = []
  for (let at = 0; at < values.length; at += SLICE) {
    const rows = await connection.rows(
      `SELECT sealed FROM ${connection.prefix}_records FINAL
        WHERE ${column} IN (${values.slice(at, at + SLICE).join(', ')})`,
      signal
    )
    for (const row of rows) {
      const sealed = decodeSealed(String(row.sealed))
      const record = sealed && parsed(sealed)
      if (record) found.push(record)
    }
  }
  return found.sort((one, other) => one.sealed.index - other.sealed.index)
}
