import { AuditError, type Stage } from '@slm-audit/core/journal'
import type { CallSummary, PageRequest } from '@slm-audit/core/reader'

/** A row of the index over calls. */
export interface CallRow {
  readonly id: number
  readonly audit_id: string
  readonly kind: string
  readonly stage: Stage
  readonly received_at: number
  readonly provider: string | null
  readonly model: string | null
  readonly answered_model: string | null
  readonly operation: string | null
  readonly session: string | null
  readonly user: string | null
  readonly tenant: string | null
  readonly parent: string | null
  readonly service: string | null
  readonly version: string | null
  readonly duration_ms: number | null
  readonly first_chunk_ms: number | null
  readonly confidence: number | null
  readonly flags: number
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly error_type: string | null
  readonly question: string | null
  readonly answer: string | null
  readonly tool: string | null
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/** The limit of a page. Throws AuditError `bad_query` when it is out of bounds. */
export function limitOf(page: PageRequest): number {
  const { limit = DEFAULT_LIMIT } = page
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit
  throw bad(`limit must be a whole number from 1 to ${MAX_LIMIT}`)
}

/** The index that a cursor stands for: the page begins below it. */
export function startOf(page: PageRequest): number {
  if (page.cursor === undefined) return Number.MAX_SAFE_INTEGER
  const index = /^c(\d{1,15})$/.exec(Buffer.from(page.cursor, 'base64url').toString())?.[1]
  if (index === undefined)
    throw bad('the cursor is not from this log; take it from the page before')
  return Number(index)
}

/** The cursor of the page that begins below an index. */
export function cursorAt(index: number): string {
  return Buffer.from(`c${index}`).toString('base64url')
}

/** A row as readers get it: what is unknown is absent. */
export function toSummary(row: CallRow, snippet?: string): CallSummary {
  const all = {
    auditId: row.audit_id,
    index: row.id,
    kind: row.kind,
    stage: row.stage,
    receivedAt: new Date(row.received_at).toISOString(),
    provider: row.provider,
    model: row.model ?? row.answered_model,
    operation: row.operation,
    session: row.session,
    user: row.user,
    tenant: row.tenant,
    service: row.service,
    version: row.version,
    parent: row.parent,
    durationMs: row.duration_ms,
    firstChunkMs: row.first_chunk_ms,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    confidence: row.confidence,
    errorType: row.error_type,
    question: row.question,
    answer: row.answer,
    tool: row.tool,
    snippet: snippet ?? null
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as never
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
