import { type Content, type PendingRecord, scopeOf } from '@slm-audit/core/journal'
import { type RowSubject, rowSubject } from '@slm-audit/core/subjects'
import type { Row } from './writer.ts'

/** What travels to the worker: copying one flat list costs half of copying nested objects. */
export type Packed = (string | number | boolean | null | Uint8Array)[]

/** Packs pending records. */
export function packRows(pending: readonly PendingRecord[]): Packed {
  const packed: Packed = []
  for (const one of pending) packRecord(one, packed)
  return packed
}

function packRecord(
  { record, head, tail, contents, retried = false, sealedAt }: PendingRecord,
  packed: Packed
): void {
  packed.push(record.auditId, record.stage, head, tail, retried)
  packed.push(scopeOf(record) ?? null, sealedAt ?? null)
  const subject = rowSubject(record)
  packed.push(subject ? JSON.stringify(subject) : null)
  packed.push(contents.length)
  for (const { name, type, body } of contents) packed.push(name, type, body)
}

/** Unpacks what `packRows` packed. */
export function unpackRows(packed: Packed): Row[] {
  const rows: Row[] = []
  let at = 0
  const next = <T>(): T => packed[at++] as T
  while (at < packed.length) {
    const row = { auditId: next<string>(), stage: next<string>(), head: next<string>() }
    const more = { tail: next<string>(), retried: next<boolean>() }
    const scope = next<string | null>() ?? undefined
    const sealedAt = next<string | null>() ?? undefined
    const whose = next<string | null>()
    const subject = whose === null ? undefined : (JSON.parse(whose) as RowSubject)
    const contents = Array.from({ length: next<number>() }, () => ({
      name: next<string>(),
      type: next<string>(),
      body: next<Content['body']>()
    }))
    rows.push({ ...row, ...more, scope, subject, sealedAt, contents })
  }
  return rows
}
