import {
  type AuditLog,
  builtinModule,
  checkWrapping,
  newUuid,
  quietly,
  quietlyAsync
} from '@slm-audit/core/adapter'
import { type MastraSpan, readMastraEnd, readMastraSpan } from './read-mastra-span.ts'
import { SpanTree } from './span-tree.ts'

/** What Mastra says of a span that it is about to make. */
export interface MastraSpanOptions {
  /** Id of the trace that the span is of; a new one unless given. */
  readonly traceId?: string | undefined
  /** Id of the span around it. */
  readonly parentSpanId?: string | undefined
  /** The span around it, where Mastra holds it. */
  readonly parent?: { readonly id: string; readonly traceId: string } | undefined
}

/** An event of Mastra's tracing: a span started, was updated or ended. */
export interface MastraTracingEvent {
  /** `span_started`, `span_updated` or `span_ended`. */
  readonly type: string
  /** The span as it is now. */
  readonly exportedSpan: MastraSpan
}

/** An `ObservabilityBridge` of Mastra. */
export interface AuditMastraBridge {
  /** Names the bridge in messages of Mastra. */
  readonly name: string
  /** Gives the ids of a span to be made. */
  createSpan(options: MastraSpanOptions): {
    readonly spanId: string
    readonly traceId: string
    readonly parentSpanId?: string
  }
  /** Runs code in a span. */
  executeInContext<T>(spanId: string, run: () => Promise<T>): Promise<T>
  /** Runs code in a span that is not asynchronous. */
  executeInContextSync<T>(spanId: string, run: () => T): T
  /** A span will not be told of any more. */
  releaseSpan(spanId: string): void
  /** A span started, was updated or ended. */
  exportTracingEvent(event: MastraTracingEvent): Promise<void>
  /** Stores what was seen. */
  flush(): Promise<void>
  /** Stores what was seen. */
  shutdown(): Promise<void>
}

/** What of Node's `AsyncLocalStorage` is used. */
interface Storage {
  getStore(): string | undefined
  run<T>(store: string, run: () => T): T
}

const bridges = new WeakMap<AuditLog, AuditMastraBridge>()

/**
 * The bridge that records what Mastra does: agents, workflows and their parts as steps, and tools below the model call
 * that asked for them. What `bridge` of a configuration of `@mastra/observability` takes. Model calls are those of a
 * client below, for instance by `fetch: auditFetch(log)` at the model's provider; one that no client records is recorded
 * as its span tells. There is one bridge a log.
 */
export function auditMastraBridge(log: AuditLog): AuditMastraBridge {
  checkWrapping(log, log)
  const known = bridges.get(log)
  if (known) return known
  const storage = newStorage()
  const tree = new SpanTree(log, () => storage?.getStore())
  const inside = <T>(spanId: string, run: () => T): T =>
    storage ? storage.run(spanId, run) : run()
  const flush = () => log.flush().catch(() => undefined)
  const made: AuditMastraBridge = {
    name: 'slm-audit',
    createSpan({ parent, traceId = parent?.traceId, parentSpanId = parent?.id }) {
      return {
        spanId: newId(8),
        traceId: traceId ?? newId(16),
        ...(parentSpanId !== undefined && { parentSpanId })
      }
    },
    executeInContext: inside,
    executeInContextSync: inside,
    releaseSpan: quietly((spanId) => tree.leave(spanId)),
    exportTracingEvent: quietlyAsync(({ type, exportedSpan: span }) => {
      if (type === 'span_started') tree.start(span.id, span.parentSpanId, readMastraSpan(span))
      else if (type === 'span_ended') tree.end(span.id, readMastraEnd(span))
    }),
    flush,
    // What cannot be stored is told to the log's `onProblem`.
    shutdown: flush
  }
  bridges.set(log, made)
  return made
}

/** Where the code runs; nothing where the runtime has no asynchronous context. */
function newStorage(): Storage | undefined {
  const hooks = builtinModule<{ AsyncLocalStorage: new () => Storage }>('node:async_hooks')
  return hooks?.AsyncLocalStorage && new hooks.AsyncLocalStorage()
}

/** An id of OpenTelemetry's form. */
function newId(bytes: number): string {
  return newUuid()
    .replaceAll('-', '')
    .slice(0, bytes * 2)
}
