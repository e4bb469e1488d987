// OpenTelemetry both ways: audited calls become spans of the application's own traces, and model
// calls that other instrumentations write into spans become records.
import { context, trace } from '@opentelemetry/api'
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks'
import { TracerProvider } from '@opentelemetry/sdk-trace'
import { auditSpanProcessor, otelTraceContext, otlpExporter } from '@slm-audit/otlp'
import { createAuditLog, openReader } from 'slm-audit'
import { receiver } from './receiver.ts'

await using collector = await receiver()

{
  await using log = await createAuditLog({ service: 'shop', traceContext: otelTraceContext() })

  // Out: with references in place of prompts, so that these stay in the journal alone.
  log.addExporter(
    otlpExporter({ endpoint: collector.url, protocol: 'http/json', content: 'reference' })
  )

  // In: whatever the application's own OpenTelemetry sees of model calls.
  const provider = new TracerProvider({ spanProcessors: [auditSpanProcessor(log)] })
  trace.setGlobalTracerProvider(provider)
  context.setGlobalContextManager(new AsyncLocalStorageContextManager().enable())
  const tracer = trace.getTracer('shop')

  await tracer.startActiveSpan('POST /refunds', async (request) => {
    const call = { operation: 'chat', provider: 'mine', model: 'tiny', input: 'How long?' }
    await log.record(call, async () => 'Five days.')
    request.end()
    await log.flush()
    const [span] = collector.spans
    console.log(span?.name, 'in the trace of the request:', isIn(span?.traceId, request))
    const reference = span?.attributes.find(({ key }) => key === 'gen_ai.input.messages_ref')
    console.log(
      'the prompt is in',
      reference?.value.stringValue?.replace(/\/\/.*\//, '//…/').split('&')[0]
    )
  })

  // A span as an instrumented client or framework makes it.
  const attributes = { 'gen_ai.operation.name': 'chat', 'gen_ai.provider.name': 'theirs' }
  tracer.startSpan('chat', { attributes }).end()
}

await using reader = await openReader('.slm-audit/audit.db')
for (const { auditId } of (await reader.query({})).items.toReversed()) {
  const call = (await reader.get(auditId))?.record.call
  console.log(call?.provider, 'read from', call?.source ?? 'the call itself')
}

function isIn(traceId: string | undefined, span: { spanContext(): { traceId: string } }): boolean {
  return traceId === span.spanContext().traceId
}
