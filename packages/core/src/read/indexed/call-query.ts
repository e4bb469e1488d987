import { AuditError } from '../../base/error.ts'
import type { Stage } from '../../record/record.ts'
import type { CallSummary, PageRequest } from '../call-summary.ts'
import type { CallDocument } from './call-document.ts'
import { isoTime } from './iso-time.ts'

/** A row of the index over calls. */
export interface CallRow {
  /** The place of the first record in the log. */
  readonly id: number
  /** Identifies the call. */
  readonly audit_id: string
  /** `call`, `tool`, `step`, `annotation` or another kind of record. */
  readonly kind: string
  /** How it ended; `received` while it has not. */
  readonly stage: Stage
  /** When the first record was made, in milliseconds since 1970. */
  readonly received_at: number
  /** Who serves the model. */
  readonly provider: string | null
  /** The model asked for. */
  readonly model: string | null
  /** The model that answered. */
  readonly answered_model: string | null
  /** What was asked for. */
  readonly operation: string | null
  /** Session of the context. */
  readonly session: string | null
  /** User of the context. */
  readonly user: string | null
  /** Tenant of the context. */
  readonly tenant: string | null
  /** auditId of the call or step around it. */
  readonly parent: string | null
  /** Name of the application. */
  readonly service: string | null
  /** Version of the application. */
  readonly version: string | null
  /** From the start of the call to its end, in milliseconds. */
  readonly duration_ms: number | null
  /** From the start to the first piece of the answer, in milliseconds. */
  readonly first_chunk_ms: number | null
  /** How sure the model was, from 0 to 1. */
  readonly confidence: number | null
  /** Bits: 1 for an empty answer, 2 for one that a filter ended, 4 for one that declines, 8 for one that repeats itself. */
  readonly flags: number
  /** Tokens of the request. */
  readonly input_tokens: number | null
  /** Tokens of the answer. */
  readonly output_tokens: number | null
  /** Type of the error, or who ended the call. */
  readonly error_type: string | null
  /** How the last question begins. */
  readonly question: string | null
  /** How the answer begins. */
  readonly answer: string | null
  /** The tool that ran, or the first one that the model asked for. */
  readonly tool: string | null
}

const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000
const MAX_COUNT = 10_000

/** The limit of a page. Throws AuditError `bad_query` when it is out of bounds. */
export function limitOf(page: PageRequest): number {
  const { limit = DEFAULT_LIMIT } = page
  if (Number.isInteger(limit) && limit >= 1 && limit <= MAX_LIMIT) return limit
  throw bad(`limit must be a whole number from 1 to ${MAX_LIMIT}`)
}

/** How many calls behind a page are counted; 0 unless asked for. Throws AuditError `bad_query` when it is out of bounds. */
export function countOf({ countUpTo = 0 }: PageRequest): number {
  if (Number.isInteger(countUpTo) && countUpTo >= 0 && countUpTo <= MAX_COUNT) return countUpTo
  throw bad(`countUpTo must be a whole number from 0 to ${MAX_COUNT}`)
}

/** The index that a cursor stands for: the page begins below it. */
export function startOf(page: PageRequest): number {
  if (page.cursor === undefined) return Number.MAX_SAFE_INTEGER
  const index = /^c(\d{1,15})$/.exec(decoded(page.cursor))?.[1]
  if (index === undefined) throw wrongCursor()
  return Number(index)
}

/** The cursor of the page that begins below an index. */
export function cursorAt(index: number): string {
  return encoded(`c${index}`)
}

/** A page of calls by relevance. */
export interface RelevantPage {
  /** Only calls whose first record is before this index are compared: the same on each page, while writes go on. */
  readonly below: number
  /** Calls that stood on the pages before. */
  readonly offset: number
}

/**
 * Which page by relevance is asked for; `undefined` for one of another order. Throws AuditError `bad_query` for an order that
 * there is not, a search without `words`, and a cursor of another order.
 */
export function relevantPage(
  page: PageRequest,
  words: readonly unknown[]
): RelevantPage | undefined {
  const { sort = 'newest', cursor } = page
  if (sort === 'newest') return undefined
  if (sort !== 'relevance')
    throw bad(`there is no order ${String(sort)}; sort by newest or relevance`)
  if (words.length === 0) {
    throw bad('calls are relevant to words, and none are looked for; add a word, or sort by newest')
  }
  if (cursor === undefined) return { below: Number.MAX_SAFE_INTEGER, offset: 0 }
  const [, below, offset] = /^r(\d{1,15})\.(\d{1,4})$/.exec(decoded(cursor)) ?? []
  if (offset === undefined) throw wrongCursor()
  return { below: Number(below), offset: Number(offset) }
}

/** The cursor of a page by relevance. */
export function relevantCursor({ below, offset }: RelevantPage): string {
  return encoded(`r${below}.${offset}`)
}

function wrongCursor(): AuditError {
  return bad('the cursor is not from this log and order; take it from the page before')
}

function encoded(cursor: string): string {
  return btoa(cursor).replaceAll('=', '')
}

function decoded(cursor: string): string {
  try {
    return atob(cursor)
  } catch {
    return ''
  }
}

/** The row that an index has of a call. */
export function callRow(document: CallDocument): CallRow {
  const { id, auditId, receivedAt, columns, errorType, confidence, flags } = document
  const { question, answer, tool } = document
  return {
    ...columns,
    id,
    audit_id: auditId,
    received_at: receivedAt,
    error_type: errorType,
    confidence,
    flags,
    question,
    answer,
    tool
  } as CallRow
}

type Summed = { -readonly [name in keyof CallSummary]: CallSummary[name] }

/** A row as readers get it: what is unknown is absent. Written out, as it is done for each row of a page. */
export function toSummary(row: CallRow, snippet?: string): CallSummary {
  const summary: Summed = {
    auditId: row.audit_id,
    index: row.id,
    kind: row.kind,
    stage: row.stage,
    receivedAt: isoTime(row.received_at)
  }
  addRequest(summary, row)
  addAnswer(summary, row)
  // Last, as programs that read columns have had it.
  const model = row.model ?? row.answered_model
  if (model !== null) summary.model = model
  if (snippet !== undefined) summary.snippet = snippet
  return summary
}

function addRequest(summary: Summed, row: CallRow): void {
  if (row.provider !== null) summary.provider = row.provider
  if (row.operation !== null) summary.operation = row.operation
  if (row.session !== null) summary.session = row.session
  if (row.user !== null) summary.user = row.user
  if (row.tenant !== null) summary.tenant = row.tenant
  if (row.service !== null) summary.service = row.service
  if (row.version !== null) summary.version = row.version
  if (row.parent !== null) summary.parent = row.parent
}

function addAnswer(summary: Summed, row: CallRow): void {
  if (row.duration_ms !== null) summary.durationMs = row.duration_ms
  if (row.first_chunk_ms !== null) summary.firstChunkMs = row.first_chunk_ms
  if (row.input_tokens !== null) summary.inputTokens = row.input_tokens
  if (row.output_tokens !== null) summary.outputTokens = row.output_tokens
  if (row.confidence !== null) summary.confidence = row.confidence
  if (row.error_type !== null) summary.errorType = row.error_type
  if (row.question !== null) summary.question = row.question
  if (row.answer !== null) summary.answer = row.answer
  if (row.tool !== null) summary.tool = row.tool
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
