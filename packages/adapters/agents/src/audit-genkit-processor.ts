import { type AuditLog, checkWrapping, quietly } from '@slm-audit/core/adapter'
import { type GenkitSpan, readGenkitEnd, readGenkitSpan } from './read-genkit-span.ts'
import { SpanTree } from './span-tree.ts'

/** What of OpenTelemetry's `trace` is used. */
export interface ActiveTrace {
  /** The span that the code runs in. */
  getActiveSpan(): { spanContext(): { readonly spanId: string } } | undefined
}

/** A `SpanProcessor` of OpenTelemetry, which is how Genkit tells what it does. */
export interface AuditGenkitProcessor {
  /** A span started. */
  onStart(span: GenkitSpan): void
  /** A span ended. */
  onEnd(span: GenkitSpan): void
  /** Stores what was seen. */
  forceFlush(): Promise<void>
  /** Stores what was seen. */
  shutdown(): Promise<void>
}

const processors = new WeakMap<AuditLog, AuditGenkitProcessor>()

/**
 * The span processor that records what Genkit does: flows, prompts and its other actions as steps, and tools below the
 * model call that asked for them. What `enableTelemetry({ spanProcessors: […] })` of `genkit/tracing` takes. Model calls
 * are those of a client below, for instance by `fetch: auditFetch(log)` at the model's plugin; one that no client records
 * is recorded as its span tells. Spans of others are left alone. There is one processor a log.
 *
 * Throws TypeError when `trace` has no `getActiveSpan`.
 *
 * @param trace OpenTelemetry's `trace` (`@opentelemetry/api`): says in which span the code runs.
 */
export function auditGenkitProcessor(log: AuditLog, trace: ActiveTrace): AuditGenkitProcessor {
  checkWrapping(log, log)
  const known = processors.get(log)
  if (known) return known
  if (typeof trace?.getActiveSpan !== 'function') {
    throw new TypeError('auditGenkitProcessor needs trace of @opentelemetry/api behind the log')
  }
  const tree = new SpanTree(log, () => trace.getActiveSpan()?.spanContext().spanId)
  // What cannot be stored is told to the log's `onProblem`.
  const flush = () => log.flush().catch(() => undefined)
  const made: AuditGenkitProcessor = {
    onStart: quietly((span) => {
      const parent = span.parentSpanContext?.spanId ?? span.parentSpanId
      const seen = readGenkitSpan(span)
      if (seen) tree.start(span.spanContext().spanId, parent, seen)
    }),
    onEnd: quietly((span) => tree.end(span.spanContext().spanId, readGenkitEnd(span))),
    forceFlush: flush,
    shutdown: flush
  }
  processors.set(log, made)
  return made
}
