import type { Content, Draft } from '@slm-audit/core'
import { type Columns, columnsOf } from './columns.ts'
import type { Row } from './writer.ts'

/** What travels to the worker: copying one flat list costs half of copying nested objects. */
export type Packed = (string | number | boolean | null | Uint8Array)[]

const COLUMNS = [
  'kind',
  'receivedAt',
  'provider',
  'model',
  'answeredModel',
  'operation',
  'session',
  'user',
  'tenant',
  'parent',
  'durationMs',
  'inputTokens',
  'outputTokens',
  'errorType'
] as const satisfies readonly (keyof Columns)[]

/** Packs drafts with their index columns. */
export function packRows(drafts: readonly Draft[]): Packed {
  const packed: Packed = []
  for (const { record, head, tail, contents, retried = false } of drafts) {
    const columns = columnsOf(record)
    packed.push(record.auditId, record.stage, head, tail, retried)
    for (const name of COLUMNS) packed.push(columns[name])
    packed.push(columns.tags.length)
    for (const [name, value] of columns.tags) packed.push(name, value)
    packed.push(contents.length)
    for (const { name, type, body } of contents) packed.push(name, type, body)
  }
  return packed
}

/** Unpacks what `packRows` packed. */
export function unpackRows(packed: Packed): Row[] {
  const rows: Row[] = []
  let at = 0
  const next = <T>(): T => packed[at++] as T
  while (at < packed.length) {
    const row = { auditId: next<string>(), stage: next<string>(), head: next<string>() }
    const more = { tail: next<string>(), retried: next<boolean>() }
    const columns: { [name: string]: unknown } = {}
    for (const name of COLUMNS) columns[name] = next()
    columns.tags = Array.from({ length: next<number>() }, () => [next<string>(), next<string>()])
    const contents = Array.from({ length: next<number>() }, () => ({
      name: next<string>(),
      type: next<string>(),
      body: next<Content['body']>()
    }))
    rows.push({ ...row, ...more, contents, columns: columns as unknown as Columns })
  }
  return rows
}
