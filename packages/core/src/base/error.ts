/**
 * What went wrong, as a word that programs can compare. Each code has an entry in
 * docs/guide/errors.md that says what to do.
 */
export type AuditErrorCode =
  | 'bad_option'
  | 'bad_record'
  | 'bad_query'
  | 'not_found'
  | 'closed'
  | 'queue_full'
  | 'observer_failed'
  | 'protocol_failed'
  | 'client_untested'
  | 'identity_unknown'
  | 'journal_unavailable'
  | 'journal_failed'
  | 'journal_newer'
  | 'journal_damaged'
  | 'export_failed'
  | 'export_rejected'
  | 'not_recorded'
  | 'anchor_failed'
  | 'bad_key'
  | 'bad_proof'

const brand = Symbol.for('slm-audit.error')

/**
 * The one error class of slm-audit. Its message says, in lower case, what is wrong, where, and
 * what to do next; `cause` keeps the error below it.
 *
 * It reaches the application from explicit requests (`createAuditLog`, `flush`, readers) and, for
 * audited calls, only in mode `blocking-strict`. Everything else goes to `onProblem`.
 */
export class AuditError extends Error {
  readonly code: AuditErrorCode

  constructor(code: AuditErrorCode, message: string, options?: { readonly cause?: unknown }) {
    super(message, options)
    this.name = 'AuditError'
    this.code = code
    Object.defineProperty(this, brand, { value: true })
  }

  /** Whether `error` is an AuditError, also one made by another installed copy of this package. */
  static is(error: unknown): error is AuditError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

/** Makes a thrown value presentable: the message of an Error, or the value as text. Never throws. */
export function messageOf(error: unknown): string {
  try {
    return String(error instanceof Error ? error.message : error)
  } catch {
    return 'a value that cannot be shown'
  }
}
