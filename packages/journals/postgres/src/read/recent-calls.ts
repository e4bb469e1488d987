import { type FilterTree, matchesFilter } from '@slm-audit/core/reader'
import { bodyHolds, wordBody } from '@slm-audit/core/store'
import type { Connection } from '../connection/connection.ts'
import { callsOfPage, type MadeCall } from '../index/indexer.ts'
import { sealedPage, sizeOf } from '../store/sealed-rows.ts'

/** The columns of a `CallRow`. */
export const ROW_COLUMNS = `id, audit_id, kind, stage, received_at, provider, model, answered_model, operation, session,
  "user", tenant, parent, service, version, duration_ms, first_chunk_ms, confidence, flags, input_tokens,
  output_tokens, error_type, question, answer, tool`

/** Records behind the index that are looked at for a page, unless all are asked for. */
const MOST_RECORDS = 2_000

/** The calls with a record that the index does not hold yet. */
export interface RecentCalls {
  /** By the index of their first record, the newest last. */
  readonly calls: readonly MadeCall[]
  /** Where the index ends. */
  readonly reached: number
  /** Records of the log. */
  readonly size: number
  /** Records that were not looked at. */
  readonly behind: number
}

/** Makes the documents of the calls that the index is behind with. Rejects with AuditError. */
export async function recentCalls(
  connection: Connection,
  isComplete: boolean
): Promise<RecentCalls> {
  const [state] = await connection.rows(`SELECT reached FROM ${connection.schema}.index_state`)
  const reached = Number(state?.reached)
  const size = await sizeOf(connection)
  const from = isComplete ? reached : Math.max(reached, size - MOST_RECORDS)
  const calls = new Map<number, MadeCall>()
  for (let next = from; next < size; ) {
    const page = await sealedPage(connection, next, size)
    const last = page.at(-1)
    if (!last) break
    for (const call of await callsOfPage(connection, page)) calls.set(call.document.id, call)
    next = last.index + 1
  }
  const sorted = [...calls.values()].sort((one, other) => one.document.id - other.document.id)
  return { calls: sorted, reached, size, behind: from - reached }
}

/** Whether a call passes a filter: what the language means. */
export function passes(filter: FilterTree, { document, annotations }: MadeCall): boolean {
  const { header, receivedAt, texts } = document
  const body = wordBody(texts)
  return matchesFilter(filter, {
    header,
    annotations: annotations.map((each) => each.header),
    receivedAt: new Date(receivedAt).toISOString(),
    holds: (words, isPrefix) => bodyHolds(body, words, isPrefix)
  })
}
