import type { AuditRecord } from '../../record/record.ts'
import type { NumberField } from '../filter/fields.ts'

/** A value of a row of the index. */
export type ColumnValue = string | number | null

interface Column {
  readonly type: 'TEXT' | 'INTEGER' | 'REAL'
  /** The field of the record's header that it comes from. */
  readonly field: string
}

/**
 * What the index keeps of a call's newest header in columns, for lists and figures. A call is found
 * by its facets, not by these.
 */
export const CALL_COLUMNS = {
  kind: { type: 'TEXT', field: 'kind' },
  stage: { type: 'TEXT', field: 'stage' },
  provider: { type: 'TEXT', field: 'call.provider' },
  model: { type: 'TEXT', field: 'call.model' },
  answered_model: { type: 'TEXT', field: 'response.model' },
  operation: { type: 'TEXT', field: 'call.operation' },
  session: { type: 'TEXT', field: 'context.session' },
  user: { type: 'TEXT', field: 'context.user' },
  tenant: { type: 'TEXT', field: 'context.tenant' },
  parent: { type: 'TEXT', field: 'parent' },
  service: { type: 'TEXT', field: 'service.name' },
  version: { type: 'TEXT', field: 'service.version' },
  duration_ms: { type: 'REAL', field: 'timing.durationMs' },
  first_chunk_ms: { type: 'REAL', field: 'timing.timeToFirstChunkMs' },
  input_tokens: { type: 'INTEGER', field: 'response.usage.inputTokens' },
  output_tokens: { type: 'INTEGER', field: 'response.usage.outputTokens' }
} as const satisfies { readonly [name: string]: Column }

/** The numbers that filters compare, in the columns of an index over calls; scores have names, and no column. */
export const NUMBER_COLUMNS = {
  took: 'duration_ms',
  first: 'first_chunk_ms',
  tokens: 'tokens',
  inputTokens: 'input_tokens',
  outputTokens: 'output_tokens',
  confidence: 'confidence'
} as const satisfies { readonly [Field in Exclude<NumberField, 'score'>]: string }

/** The name of a column that comes from one field. */
export type CallColumn = keyof typeof CALL_COLUMNS

/** The columns of a header, by name; what is absent, or of another type, is null. */
export function callColumns(header: AuditRecord): { readonly [Name in CallColumn]: ColumnValue } {
  const entries = Object.entries(CALL_COLUMNS).map(([name, { type, field }]) => [
    name,
    typed(fieldOf(header, field), type)
  ])
  return Object.fromEntries(entries) as { [Name in CallColumn]: ColumnValue }
}

/** A log that is copied may be another program's: what is of another type is not indexed. */
function typed(value: unknown, type: Column['type']): ColumnValue {
  if (type === 'TEXT') return typeof value === 'string' ? value : null
  return typeof value === 'number' && Number.isFinite(value) ? value : null
}

function fieldOf(header: unknown, path: string): unknown {
  let value = header
  for (const name of path.split('.')) {
    if (typeof value !== 'object' || value === null) return undefined
    value = (value as { readonly [name: string]: unknown })[name]
  }
  return value
}
