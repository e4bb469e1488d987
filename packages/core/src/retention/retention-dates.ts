import type { AuditRecord } from '../record/record.ts'
import { CONTENTS_REDACTED } from '../record/redaction-record.ts'
import { type Period, parsePeriod, periodBefore } from './period.ts'
import type { RetentionClass, RetentionPolicy } from './retention-policy.ts'

/** What of a record has come to its time. */
export interface Due {
  /** The class that decides; absent where none does. */
  readonly class?: string
  /** Whether its contents are to go. */
  readonly contents: boolean
  /** Whether all of it is to go. */
  readonly headers: boolean
}

/** What decides about a record. */
export type DatedRecord = Pick<AuditRecord, 'at' | 'kind' | 'stage' | 'policy'>

interface Dates {
  /** What was recorded before is due, in milliseconds. */
  readonly contents: number
  readonly headers: number
}

const NEVER: Due = { contents: false, headers: false }

/** What of a log is due at one moment, by a policy of retention that was checked. */
export class RetentionDates {
  /** No record of this time, in milliseconds, or a later one has anything due. */
  readonly latest: number
  readonly #default: string | undefined
  readonly #dates = new Map<string, Dates>()

  /** `now` is the moment in milliseconds. */
  constructor({ default: usual, classes }: RetentionPolicy, now: number) {
    this.#default = usual
    for (const [name, each] of Object.entries(classes)) this.#dates.set(name, datesOf(each, now))
    this.latest = Math.max(
      Number.NEGATIVE_INFINITY,
      ...[...this.#dates.values()].map(({ contents }) => contents)
    )
  }

  /** What of a record is due. What the log says of itself is kept for good, annotations are not its own. */
  of(record: DatedRecord): Due {
    if (isOwnWord(record)) return NEVER
    const { at, policy } = record
    const name = policy?.retention ?? this.#default
    const dates = name === undefined ? undefined : this.#dates.get(name)
    if (name === undefined || !dates) return NEVER
    const time = Date.parse(at)
    return { class: name, contents: time < dates.contents, headers: time < dates.headers }
  }
}

/** Whether a record is what the log says of itself; annotations and later redactions are of calls. */
export function isOwnWord({ kind, stage }: Pick<AuditRecord, 'kind' | 'stage'>): boolean {
  return stage === 'event' && kind !== 'annotation' && kind !== CONTENTS_REDACTED
}

function datesOf({ contents, headers }: RetentionClass, now: number): Dates {
  const before = (period: Period | undefined) =>
    period ? periodBefore(now, period) : Number.NEGATIVE_INFINITY
  const all = before(parsePeriod(headers))
  // A record goes with its contents.
  return { contents: Math.max(all, before(parsePeriod(contents))), headers: all }
}
