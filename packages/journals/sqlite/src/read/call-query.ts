import { AuditError, type Stage } from '@slm-audit/core/journal'
import {
  type CallFilter,
  type CallSummary,
  type PageRequest,
  readTime
} from '@slm-audit/core/reader'
import { facetToken } from '../index/facets.ts'
import type { Term } from '../index/words.ts'

/** Which rows of the index are meant: a query of FTS5, and bounds of the time of receipt. */
export interface IndexQuery {
  readonly match: string
  /** Unix times in milliseconds: from, and before. */
  readonly since: number
  readonly until: number
}

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
  readonly duration_ms: number | null
  readonly input_tokens: number | null
  readonly output_tokens: number | null
  readonly error_type: string | null
  readonly question: string | null
  readonly answer: string | null
  readonly tool: string | null
}

const EQUAL = [
  'kind',
  'provider',
  'operation',
  'session',
  'user',
  'tenant',
  'stage',
  'parent',
  'model',
  'errorType'
] as const
const FIELDS: readonly string[] = [...EQUAL, 'since', 'until', 'tag']
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000
/** The last instant that a Date can hold. */
const LAST_INSTANT = 8_640_000_000_000_000

/** What a filter and the words of a search mean. Throws AuditError `bad_query` for what it cannot read. */
export function indexQuery(filter: CallFilter, terms: readonly Term[] = []): IndexQuery {
  for (const name of Object.keys(filter)) {
    if (!FIELDS.includes(name)) throw bad(`no filter ${name}; there are ${FIELDS.join(', ')}`)
  }
  const facets: string[] = []
  for (const name of EQUAL) {
    const value: unknown = filter[name]
    if (value === undefined) continue
    if (typeof value !== 'string') throw bad(`${name} must be a text, as records have it`)
    facets.push(facetToken(name, value))
  }
  const { since, until, tag, kind, stage } = filter
  if (tag !== undefined) facets.push(tagFacet(tag))
  // Records that are not calls are listed only when they are asked for.
  if (kind === undefined && stage === undefined) facets.push(facetToken('call'))
  return {
    match: [...facets.map((facet) => `"${facet}"`), ...terms.map(({ match }) => match)].join(' '),
    since: since === undefined ? -LAST_INSTANT : Date.parse(readTime('since', since)),
    until: until === undefined ? LAST_INSTANT : Date.parse(readTime('until', until))
  }
}

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
    durationMs: row.duration_ms,
    inputTokens: row.input_tokens,
    outputTokens: row.output_tokens,
    errorType: row.error_type,
    question: row.question,
    answer: row.answer,
    tool: row.tool,
    snippet: snippet ?? null
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as never
}

function tagFacet(tag: unknown): string {
  if (typeof tag !== 'string' || tag === '' || tag.startsWith('=')) {
    throw bad('tag must be name or name=value')
  }
  return facetToken(tag.includes('=') ? 'tagValue' : 'tag', tag)
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
