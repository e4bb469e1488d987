import type { CallRow } from '@slm-audit/core/store'

/** A row of an index, with what stands for the instructions of its call (`Leads`). */
export interface IndexRow extends CallRow {
  readonly lead: number | null
}

/**
 * A row out of the values of its columns, in the order of `ROW_COLUMNS`. Written out, as it is done for each row of a page: what
 * drivers make objects with takes as long as all that SQLite does for them.
 */
export function indexRow(values: readonly unknown[]): IndexRow {
  const row = {
    id: values[0],
    audit_id: values[1],
    kind: values[2],
    stage: values[3],
    received_at: values[4],
    provider: values[5],
    model: values[6],
    answered_model: values[7],
    operation: values[8],
    session: values[9],
    user: values[10],
    tenant: values[11],
    parent: values[12],
    service: values[13],
    version: values[14],
    duration_ms: values[15],
    first_chunk_ms: values[16],
    confidence: values[17],
    flags: values[18],
    input_tokens: values[19],
    output_tokens: values[20],
    error_type: values[21],
    question: values[22],
    answer: values[23],
    tool: values[24],
    lead: values[25]
  } satisfies { [Name in keyof IndexRow]: unknown }
  return row as IndexRow
}

/** What is selected for `indexRow`: each value that is read costs, so none that nobody asks for. */
export const ROW_COLUMNS = Object.keys(indexRow([]))
  .map((name) => `calls.${name}`)
  .join(', ')
