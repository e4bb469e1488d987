import type { AuditRecord } from '@slm-audit/core/exporter'

/**
 * The id of a call's span: the last 16 hexadecimal digits of its auditId, 62 of whose bits are
 * random. It is the same whenever and however often the call is exported.
 */
function spanIdOf(auditId: string): string {
  return auditId.replaceAll('-', '').slice(16)
}

/** Where a call stands in a trace. */
export interface TracePlace {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId?: string
}

interface Remembered {
  readonly traceId: string
  /** The application's span that the call was made in. */
  readonly around: string | undefined
}

/** How many calls' traces are remembered for the calls below them. */
const REMEMBERED = 10_000

/**
 * Puts calls into traces. A call made inside a span of the application joins that span's trace; one
 * made inside another audited call hangs below that call, unless a span of the application lies
 * between the two; any other begins a trace of its own, whose id is its auditId.
 */
export class Traces {
  readonly #calls = new Map<string, Remembered>()

  place(record: AuditRecord): TracePlace {
    const place = this.#find(record)
    this.#calls.delete(record.auditId)
    this.#calls.set(record.auditId, { traceId: place.traceId, around: record.trace?.spanId })
    for (const oldest of this.#calls.keys()) {
      if (this.#calls.size <= REMEMBERED) break
      this.#calls.delete(oldest)
    }
    return place
  }

  /** Where a record about another one belongs: into the span of that call. */
  placeOf(auditId: string): TracePlace {
    const traceId = this.#calls.get(auditId)?.traceId ?? auditId.replaceAll('-', '')
    return { traceId, spanId: spanIdOf(auditId) }
  }

  #find({ auditId, trace, parent, call }: AuditRecord): TracePlace {
    const spanId = spanIdOf(auditId)
    // A record that was read from a span is that span.
    if (trace && call?.source !== undefined) return trace
    const isBelow = !trace || (parent && this.#calls.get(parent)?.around === trace.spanId)
    if (parent !== undefined && isBelow) {
      const above = this.placeOf(parent)
      return { traceId: above.traceId, spanId, parentSpanId: above.spanId }
    }
    if (trace) return { traceId: trace.traceId, spanId, parentSpanId: trace.spanId }
    return { traceId: auditId.replaceAll('-', ''), spanId }
  }
}
