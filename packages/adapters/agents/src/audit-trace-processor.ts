import { type AuditLog, checkWrapping, quietlyAsync } from '@slm-audit/core/adapter'
import { type AgentsSpan, readAgentsEnd, readAgentsSpan } from './read-agents-span.ts'
import { SpanTree } from './span-tree.ts'

/** A trace of the SDK, as far as it is read. */
export interface AgentsTrace {
  /** Id of the trace. */
  readonly traceId: string
  /** What ties the runs of one conversation together. */
  readonly groupId?: string | null | undefined
}

/** A `TracingProcessor` of the OpenAI Agents SDK. */
export interface AuditTraceProcessor {
  /** A trace started. */
  onTraceStart(trace: AgentsTrace): Promise<void>
  /** A trace ended: its spans that are open still will not end. */
  onTraceEnd(trace: AgentsTrace): Promise<void>
  /** A span started. */
  onSpanStart(span: AgentsSpan): Promise<void>
  /** A span ended. */
  onSpanEnd(span: AgentsSpan): Promise<void>
  /** Stores what was seen. */
  shutdown(): Promise<void>
  /** Stores what was seen. */
  forceFlush(): Promise<void>
}

const processors = new WeakMap<AuditLog, AuditTraceProcessor>()

/**
 * The processor that records what the OpenAI Agents SDK does: its runs, agents, handoffs, guardrails and lists of MCP as
 * steps, and tools below the model call that asked for them. What its `addTraceProcessor` and `setTraceProcessors` take.
 * Model calls are those of a wrapped client (`setDefaultOpenAIClient(wrapOpenAI(…))`); one that no client records is
 * recorded as its span tells. There is one processor a log, so that adding it twice is harmless.
 *
 * Throws TypeError when `getCurrentSpan` is not a function.
 *
 * @param getCurrentSpan The SDK's function of this name: says in which span the code runs.
 */
export function auditTraceProcessor(
  log: AuditLog,
  getCurrentSpan: () => { readonly spanId: string } | null | undefined
): AuditTraceProcessor {
  checkWrapping(log, log)
  const known = processors.get(log)
  if (known) return known
  if (typeof getCurrentSpan !== 'function') {
    throw new TypeError('auditTraceProcessor needs getCurrentSpan of @openai/agents behind the log')
  }
  const tree = new SpanTree(log, () => getCurrentSpan()?.spanId)
  const traces = new Map<string, { readonly groupId: unknown; readonly open: Set<string> }>()
  // What cannot be stored is told to the log's `onProblem`.
  const flush = () => log.flush().catch(() => undefined)
  const made: AuditTraceProcessor = {
    onTraceStart: quietlyAsync(({ traceId, groupId }) => {
      traces.set(traceId, { groupId, open: new Set() })
    }),
    onTraceEnd: quietlyAsync(({ traceId }) => {
      for (const id of traces.get(traceId)?.open ?? []) tree.leave(id)
      traces.delete(traceId)
    }),
    onSpanStart: quietlyAsync((span) => {
      const trace = traces.get(span.traceId)
      trace?.open.add(span.spanId)
      tree.start(span.spanId, span.parentId ?? undefined, readAgentsSpan(span, trace?.groupId))
    }),
    onSpanEnd: quietlyAsync((span) => {
      traces.get(span.traceId)?.open.delete(span.spanId)
      tree.end(span.spanId, readAgentsEnd(span))
    }),
    shutdown: flush,
    forceFlush: flush
  }
  processors.set(log, made)
  return made
}
