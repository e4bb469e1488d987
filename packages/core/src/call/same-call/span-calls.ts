import { AuditError, messageOf } from '../../base/error.ts'
import type { SeenSpan, TraceIds } from '../../record/call-facts.ts'
import type { Call } from '../call.ts'

/** How many spans are remembered below which a call was recorded. */
const REMEMBERED = 1_000

/**
 * Makes a call count once that is seen twice: by a wrapped client, and as a span of another
 * instrumentation. Such a span is active while the client sends, so the two meet in its id. The
 * client's record is the better one and wins, unless the span's is on its way to the journal.
 */
export class SpanCalls {
  readonly #seen = new Map<string, Call>()
  readonly #covered = new Set<string>()
  readonly #active: (() => TraceIds | undefined) | undefined
  readonly #report: (problem: AuditError) => void

  constructor(
    active: (() => TraceIds | undefined) | undefined,
    report: (problem: AuditError) => void
  ) {
    this.#active = active
    this.#report = report
  }

  /** The span of a call that opens: `span`, or the active one. `recorded` when it is already. */
  traceOf(span: SeenSpan | undefined): TraceIds | undefined | 'recorded' {
    if (span) return this.#covered.has(span.spanId) ? 'recorded' : span
    const active = this.#activeTrace()
    return active && !this.#admit(active) ? 'recorded' : active
  }

  /** Whether a call of a wrapped client may be recorded; takes back the record of its span. */
  #admit(active: TraceIds): boolean {
    const seen = this.#seen.get(active.spanId)
    if (seen?.isOpen && !seen.withdraw()) return false
    this.#seen.delete(active.spanId)
    this.#covered.add(active.spanId)
    for (const oldest of this.#covered) {
      if (this.#covered.size <= REMEMBERED) break
      this.#covered.delete(oldest)
    }
    return true
  }

  #activeTrace(): TraceIds | undefined {
    try {
      return this.#active?.()
    } catch (cause) {
      const message = `traceContext threw: ${messageOf(cause)}; the call is recorded without a trace`
      this.#report(new AuditError('observer_failed', message, { cause }))
      return undefined
    }
  }

  add(span: TraceIds, call: Call): void {
    this.#seen.set(span.spanId, call)
  }

  ended(call: Call): void {
    if (call.trace && this.#seen.get(call.trace.spanId) === call) {
      this.#seen.delete(call.trace.spanId)
    }
  }
}
