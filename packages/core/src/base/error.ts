import { heirless, stringify } from './json-text.ts'

/**
 * What went wrong, as a word that programs can compare. Each code has an entry in
 * docs/guide/errors.md that says what to do.
 */
export type AuditErrorCode =
  | 'bad_option'
  | 'bad_record'
  | 'bad_policy'
  | 'denied'
  | 'review_needed'
  | 'bad_query'
  | 'not_found'
  | 'closed'
  | 'queue_full'
  | 'observer_failed'
  | 'protocol_failed'
  | 'client_untested'
  | 'client_unseen'
  | 'identity_unknown'
  | 'journal_unavailable'
  | 'journal_failed'
  | 'journal_newer'
  | 'journal_damaged'
  | 'index_behind'
  | 'export_failed'
  | 'export_rejected'
  | 'not_recorded'
  | 'anchor_failed'
  | 'history_rewritten'
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
  /** With `review_needed`: the id of the review that a person decides about. */
  declare readonly review?: string

  constructor(
    code: AuditErrorCode,
    message: string,
    options: { readonly cause?: unknown; readonly review?: string } = {}
  ) {
    super(message, 'cause' in options ? { cause: options.cause } : undefined)
    this.name = 'AuditError'
    this.code = code
    if (options.review !== undefined) this.review = options.review
    Object.defineProperty(this, brand, heirless({ value: true }))
  }

  /** Whether `error` is an AuditError, also one made by another installed copy of this package. */
  static is(error: unknown): error is AuditError {
    return typeof error === 'object' && error !== null && brand in error
  }
}

/** Errors inside of errors are read down to this depth. */
const DEPTH = 4

/**
 * Makes a thrown value presentable: the message of an Error, with those of the errors that it gathers; of
 * another object its message, or its JSON where it says more; any other value as text. Never throws.
 */
export function messageOf(error: unknown): string {
  return wordsOf(error, 0)
}

function wordsOf(error: unknown, depth: number): string {
  try {
    if (typeof error !== 'object' || error === null) return String(error)
    const { message, errors } = error as { readonly message?: unknown; readonly errors?: unknown }
    const own = typeof message === 'string' ? message : undefined
    if (Array.isArray(errors) && error instanceof Error && depth < DEPTH) {
      const all = [own ?? '', ...errors.map((each) => wordsOf(each, depth + 1))]
      return all.filter((words) => words !== '').join('\n')
    }
    if (error instanceof Error) return String(error.message)
    return textOf(error, own) ?? own ?? String(error)
  } catch {
    return 'a value that cannot be shown'
  }
}

/** The JSON of an object that is not an Error, where it has more to say than a message. */
function textOf(value: object, message: string | undefined): string | undefined {
  const says = Object.keys(value).some((name) => name !== 'message')
  if (message !== undefined && !says) return undefined
  try {
    const json = stringify(value)
    return json === '{}' ? undefined : json
  } catch {
    return undefined
  }
}
