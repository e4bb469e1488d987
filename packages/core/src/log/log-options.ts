/** What `createAuditLog` takes, each option written down once: validation, types and documentation are made from it. */
export type LogOption = {
  /** One sentence, without a full stop, for types and documentation. */
  readonly says: string
  /** It cannot be left out. */
  readonly isNeeded?: true
} & (
  | { readonly takes: 'text' }
  | { readonly takes: 'number'; readonly least: number; readonly unless: number }
  | { readonly takes: 'word'; readonly of: readonly string[]; readonly unless: string }
  | { readonly takes: 'function' | 'list'; readonly type: string; readonly hint?: string }
  /** What a journal checks, not the log. */
  | { readonly takes: 'other'; readonly type: string }
  /** An object that has a certain method. */
  | {
      readonly takes: 'object'
      readonly type: string
      readonly method: string
      readonly hint: string
    }
)

/** Options by name, in the order in which people read them. */
export interface LogOptionTable {
  readonly [name: string]: LogOption
}

const MIB = 1024 * 1024

/** Options of core's `createAuditLog`. */
export const LOG_OPTIONS = {
  journal: {
    takes: 'object',
    type: 'Journal',
    method: 'append',
    hint: 'a journal, for instance memoryJournal()',
    isNeeded: true,
    says: 'where records go; the log disposes it when it closes'
  },
  service: { takes: 'text', says: 'name of the application' },
  version: { takes: 'text', says: 'version of the application' },
  environment: { takes: 'text', says: 'where the application runs' },
  phase: { takes: 'text', says: '`dev`, `eval`, `staging` or `prod`' },
  exporters: {
    takes: 'list',
    type: 'readonly ExporterEntry[]',
    hint: 'exporters, or of { exporter, …options }',
    says: 'where records are shipped to from the journal; see `addExporter`'
  },
  mode: {
    takes: 'word',
    of: ['async', 'blocking', 'blocking-strict'],
    unless: 'async',
    says: 'who waits for the journal: with `async` nobody, with `blocking` the answer, and with `blocking-strict` no record means no call'
  },
  policy: {
    takes: 'other',
    type: 'PolicyDocument',
    says: 'decides what of the calls is recorded; without one, all of it'
  },
  deadlineMs: {
    takes: 'number',
    least: 1,
    unless: 5_000,
    says: 'longest wait of a caller, and of an exit, for the journal in milliseconds'
  },
  windowMs: {
    takes: 'number',
    least: 0,
    unless: 20,
    says: 'longest time that a record waits to share a transaction, in milliseconds'
  },
  batchSize: {
    takes: 'number',
    least: 1,
    unless: 500,
    says: 'most records in a transaction; large ones fill it earlier'
  },
  maxRecords: {
    takes: 'number',
    least: 1,
    unless: 10_000,
    says: 'most records that may wait for the journal; more are counted in a gap'
  },
  maxBytes: {
    takes: 'number',
    least: 1,
    unless: 64 * MIB,
    says: 'most bytes that may wait for the journal; more are counted in a gap'
  },
  maxContentLength: {
    takes: 'number',
    least: 1,
    unless: 16 * MIB,
    says: 'longest content in UTF-16 code units; more is cut off and marked'
  },
  media: {
    takes: 'word',
    of: ['digest', 'keep'],
    unless: 'digest',
    says: 'what is kept of images, sounds and files in prompts and answers: `digest` keeps SHA-256, size and type; `keep` keeps the bytes, too, as contents of their own'
  },
  traceContext: {
    takes: 'function',
    type: '() => TraceIds | undefined',
    says: 'gives the W3C ids of the span that code runs in here and now, asked at every call; for OpenTelemetry, `otelTraceContext()` of `@slm-audit/otlp`'
  },
  onProblem: {
    takes: 'function',
    type: '(problem: AuditError) => void',
    says: 'hears of every problem of the audit log; without it the platform warns'
  },
  platform: {
    takes: 'object',
    type: 'Platform',
    method: 'newScopeStore',
    hint: 'a platform, for instance nodePlatform()',
    says: 'what the runtime offers beyond Web APIs; unless given, that of the journal: Node for journals in SQLite and in files, else `webPlatform()`. In Node, `nodePlatform()` of `@slm-audit/core/node` carries context through asynchronous code also over `memoryJournal()`'
  }
} as const satisfies LogOptionTable
