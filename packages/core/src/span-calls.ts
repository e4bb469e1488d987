import type { Call } from './call.ts'

/** The W3C ids of a span: 32 and 16 lower-case hexadecimal digits. */
export interface TraceIds {
  readonly traceId: string
  readonly spanId: string
}

/** A span of another instrumentation that stands for a call. */
export interface SeenSpan extends TraceIds {
  /** When the span began, Unix time in milliseconds; now unless given. */
  readonly startedAt?: number
}

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

  /** Whether a call of a wrapped client may be recorded; takes back the record of its span. */
  admit(active: TraceIds): boolean {
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

  /** Whether a wrapped client recorded the call that this span stands for. */
  isCovered(span: TraceIds): boolean {
    return this.#covered.has(span.spanId)
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
