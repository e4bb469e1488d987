import { isSpanContextValid, trace } from '@opentelemetry/api'
import type { TraceIds } from '@slm-audit/core/adapter'

/**
 * For the option `traceContext` of `createAuditLog`: the ids of OpenTelemetry's active span, so that
 * records carry the W3C trace that their calls were part of. Works with every SDK that registers
 * itself with @opentelemetry/api 1.x, and says nothing where none is registered.
 */
export function otelTraceContext(): () => TraceIds | undefined {
  return () => {
    const context = trace.getActiveSpan()?.spanContext()
    return context && isSpanContextValid(context) ? context : undefined
  }
}
