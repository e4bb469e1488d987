export type { TlsOptions } from '@slm-audit/core/exporter'
export { type FetchExporterOptions, type FetchHeaders, fetchExporter } from './fetch-exporter.ts'
export { type WebhookExporterOptions, webhookExporter } from './webhook-exporter.ts'
