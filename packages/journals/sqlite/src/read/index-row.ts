import type { CallRow } from '@slm-audit/core/store'
import type { TraitRow } from '../index/traits.ts'

/** A row of an index, with what stands for the instructions of its call (`Leads`). */
export interface IndexRow extends CallRow {
  readonly lead: number | null
}

/** Gives the traits of a number. */
export type TraitsOf = (id: unknown) => TraitRow

/** The columns of a row, in the order in which `indexRow` takes them: each value that is read costs, so none that nobody asks for. */
export const ROW_COLUMNS = [
  ...['id', 'audit_id', 'received_at', 'trait', 'session', 'user', 'tenant', 'parent'],
  ...['duration_ms', 'first_chunk_ms', 'confidence', 'input_tokens', 'output_tokens'],
  ...['question', 'answer', 'tool', 'lead']
]
  .map((name) => `calls.${name}`)
  .join(', ')

/**
 * A row out of the values of its columns, in the order of `ROW_COLUMNS`. Written out, as it is done for each row of a page: what
 * drivers make objects with takes as long as all that SQLite does for them.
 */
export function indexRow(values: readonly unknown[], traitsOf: TraitsOf): IndexRow {
  const traits = traitsOf(values[3])
  const row = {
    id: values[0],
    audit_id: values[1],
    received_at: values[2],
    kind: traits.kind,
    stage: traits.stage,
    provider: traits.provider,
    model: traits.model,
    answered_model: traits.answered_model,
    operation: traits.operation,
    service: traits.service,
    version: traits.version,
    error_type: traits.error_type,
    flags: traits.flags,
    session: values[4],
    user: values[5],
    tenant: values[6],
    parent: values[7],
    duration_ms: values[8],
    first_chunk_ms: values[9],
    confidence: values[10],
    input_tokens: values[11],
    output_tokens: values[12],
    question: values[13],
    answer: values[14],
    tool: values[15],
    lead: values[16]
  } satisfies { [Name in keyof IndexRow]: unknown }
  return row as IndexRow
}
