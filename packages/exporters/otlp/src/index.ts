export type { OtlpProtocol } from './base/endpoint.ts'
export type { ContentCapture, OtlpExporterOptions, Signal } from './base/options.ts'
export { SCHEMA_URL } from './base/semconv.ts'
export { otelTraceContext } from './in/otel-trace-context.ts'
export {
  type AuditSpanProcessor,
  auditSpanProcessor,
  type SeenSdkSpan
} from './in/span-processor.ts'
export { otlpExporter } from './otlp-exporter.ts'
