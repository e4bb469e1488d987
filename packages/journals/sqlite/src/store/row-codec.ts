import {
  type Capture,
  type CaptureValues,
  type Content,
  type Draft,
  isCapture,
  type Protocol,
  toDraft
} from '@slm-audit/core/journal'
import { type Row, rowOf } from './writer.ts'

/** What travels to the worker: copying one flat list costs half of copying nested objects. */
export type Packed = (string | number | boolean | null | Uint8Array | CaptureValues)[]

/** Stands where a draft has its auditId. */
const CAPTURE = null

/** Packs drafts and captures. */
export function packRows(
  records: readonly (Draft | Capture)[],
  canRead: (protocol: Protocol) => boolean
): Packed {
  const packed: Packed = []
  for (const record of records) {
    if (isCapture(record) && canRead(record.protocol)) {
      packed.push(CAPTURE, record.values, record.retried ?? false)
    } else packDraft(toDraft(record), packed)
  }
  return packed
}

function packDraft({ record, head, tail, contents, retried = false }: Draft, packed: Packed): void {
  packed.push(record.auditId, record.stage, head, tail, retried)
  packed.push(contents.length)
  for (const { name, type, body } of contents) packed.push(name, type, body)
}

/** Unpacks what `packRows` packed; `read` makes the draft of a capture. */
export function unpackRows(packed: Packed, read: (values: CaptureValues) => Draft): Row[] {
  const rows: Row[] = []
  let at = 0
  const next = <T>(): T => packed[at++] as T
  while (at < packed.length) {
    if (packed[at] === CAPTURE) {
      at++
      rows.push(rowOf(read(next<CaptureValues>()), next<boolean>()))
      continue
    }
    const row = { auditId: next<string>(), stage: next<string>(), head: next<string>() }
    const more = { tail: next<string>(), retried: next<boolean>() }
    const contents = Array.from({ length: next<number>() }, () => ({
      name: next<string>(),
      type: next<string>(),
      body: next<Content['body']>()
    }))
    rows.push({ ...row, ...more, contents })
  }
  return rows
}
