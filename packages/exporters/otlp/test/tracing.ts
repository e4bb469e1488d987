import { context, type Tracer, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { auditSpanProcessor, otelTraceContext } from '@slm-audit/otlp'
import { type MemoryLog, memoryLog } from '@slm-audit/testing'

/** A log, and OpenTelemetry's SDK registered with a processor that audits its spans. */
export interface Tracing extends MemoryLog, Disposable {
  readonly provider: TracerProvider
  readonly tracer: Tracer
}

export function tracing(): Tracing {
  const memory = memoryLog({ traceContext: otelTraceContext() })
  const provider = new TracerProvider({ spanProcessors: [auditSpanProcessor(memory.log)] })
  trace.setGlobalTracerProvider(provider)
  const contexts = new AsyncLocalStorageContextManager().enable()
  context.setGlobalContextManager(contexts)
  return {
    ...memory,
    provider,
    tracer: provider.getTracer('test'),
    [Symbol.dispose]() {
      trace.disable()
      context.disable()
      contexts.disable()
    }
  }
}
