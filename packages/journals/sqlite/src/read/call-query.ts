import {
  AuditError,
  type CallFilter,
  type CallSummary,
  type PageRequest,
  readTime,
  type Stage
} from '@slm-audit/core'

/** A condition on `calls`, with its parameters. */
export interface Condition {
  readonly sql: string
  readonly values: readonly (string | number)[]
}

/** A row of the index over calls. */
export interface CallRow {
  readonly id: number
  readonly audit_id: string
  readonly last_idx: number
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
}

const EQUAL = [
  'kind',
  'provider',
  'operation',
  'session',
  'user',
  'tenant',
  'stage',
  'parent'
] as const
const FIELDS: readonly string[] = [...EQUAL, 'since', 'until', 'model', 'tag']
const DEFAULT_LIMIT = 50
const MAX_LIMIT = 1000

/** The condition that a filter means. Throws AuditError `bad_query` for what it cannot read. */
export function conditionOf(filter: CallFilter): Condition {
  const parts: string[] = []
  const values: (string | number)[] = []
  const add = (sql: string, ...more: (string | number)[]): void => {
    parts.push(sql)
    values.push(...more)
  }
  for (const name of Object.keys(filter)) {
    if (!FIELDS.includes(name)) throw bad(`no filter ${name}; there are ${FIELDS.join(', ')}`)
  }
  for (const name of EQUAL) {
    const value: unknown = filter[name]
    if (value === undefined) continue
    if (typeof value !== 'string') throw bad(`${name} must be a text, as records have it`)
    add(`${name} = ?`, value)
  }
  const { since, until, model, tag } = filter
  if (since !== undefined) add('received_at >= ?', Date.parse(readTime('since', since)))
  if (until !== undefined) add('received_at < ?', Date.parse(readTime('until', until)))
  if (model !== undefined) add('(model = ? OR answered_model = ?)', model, model)
  if (tag !== undefined) addTag(tag, add)
  // Records that are no calls are listed only when they are asked for.
  if (filter.kind === undefined && filter.stage === undefined) add(`stage <> 'event'`)
  return { sql: parts.length > 0 ? parts.join(' AND ') : 'true', values }
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
  if (index === undefined) throw bad('the cursor is none of this log; take it from the page before')
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
    snippet: snippet ?? null
  }
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== null)) as never
}

function addTag(tag: string, add: (sql: string, ...values: string[]) => void): void {
  const [name = '', ...rest] = tag.split('=')
  if (name === '') throw bad('tag must be name or name=value')
  if (rest.length === 0) add('id IN (SELECT call FROM tags WHERE name = ?)', name)
  else add('id IN (SELECT call FROM tags WHERE name = ? AND value = ?)', name, rest.join('='))
}

function bad(message: string): AuditError {
  return new AuditError('bad_query', message)
}
