import {
  type AuditRecord,
  parseRecord,
  readContent,
  type SealedRecord,
  textOf
} from '@slm-audit/core/exporter'

/** What all formats say of a record. */
export interface Facts {
  readonly record: AuditRecord
  /** Unique in its log and the same whenever the record is sent: `<auditId>/<stage>`. */
  readonly uid: string
  /** `chat`, `execute_tool`, …; the kind of a record that is not a call. */
  readonly operation: string
  /** Whether the record tells of an end that is a success, a failure, or of no end. */
  readonly outcome: 'success' | 'failure' | undefined
  readonly severity: Severity
  /** One sentence without any content. */
  readonly message: string
  /** The text of a content, where it is kept and has one. */
  text(name: string): string | undefined
}

/** How much a record asks for somebody's attention. */
export type Severity = 'informational' | 'low' | 'medium' | 'high'

const SEVERITY: { readonly [stage: string]: Severity } = {
  denied: 'medium',
  error: 'medium',
  abandoned: 'medium',
  cancelled: 'low'
}
const FAILURES = ['denied', 'error', 'cancelled', 'abandoned']

/** Reads a sealed record once, for a format to lay out. */
export function readFacts(sealed: SealedRecord): Facts {
  const record = parseRecord(sealed)
  const { stage, kind, call, auditId } = record
  return {
    record,
    uid: `${auditId}/${stage}`,
    operation: call?.operation ?? kind,
    outcome: stage === 'complete' ? 'success' : FAILURES.includes(stage) ? 'failure' : undefined,
    severity: kind === 'gap' ? 'high' : (SEVERITY[stage] ?? 'informational'),
    message: messageOf(record),
    text: (name) => contentText(sealed, name)
  }
}

function messageOf({ kind, stage, call, outcome }: AuditRecord): string {
  if (stage === 'event') return kind
  const by = outcome?.by === undefined ? '' : ` by ${outcome.by}`
  const what = [kind, call?.operation, call?.model].filter((word) => word !== undefined)
  return `${what.join(' ')}: ${stage}${by}`
}

function contentText(sealed: SealedRecord, name: string): string | undefined {
  const content = sealed.contents.find((each) => each.name === name)
  const value = content && readContent(content)
  if (value === undefined || value instanceof Uint8Array) return undefined
  return textOf(value) || undefined
}

/** An object without its absent members, and without the objects that have none left. */
export function compact<T extends object>(members: T): Compact<T> {
  const kept = Object.entries(members).filter(
    ([, value]) =>
      value !== undefined &&
      !(isPlain(value) && Object.keys(value).length === 0) &&
      !(Array.isArray(value) && value.length === 0)
  )
  return Object.fromEntries(kept) as Compact<T>
}

/** What `compact` leaves: members that may be absent, never `undefined`. */
export type Compact<T> = { readonly [Name in keyof T]?: NonNullable<T[Name]> }

function isPlain(value: unknown): value is object {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
