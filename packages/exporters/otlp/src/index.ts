export type {
  ContentCapture,
  OtlpExporterOptions,
  OtlpProtocol,
  Signal
} from './options.ts'
export { otelTraceContext } from './otel-trace-context.ts'
export { otlpExporter } from './otlp-exporter.ts'
export { SCHEMA_URL } from './semconv.ts'
export { type AuditSpanProcessor, auditSpanProcessor, type SeenSdkSpan } from './span-processor.ts'
