export { type FetchExporterOptions, type FetchHeaders, fetchExporter } from './fetch-exporter.ts'
export type { TlsOptions } from './tls-fetch.ts'
export { type WebhookExporterOptions, webhookExporter } from './webhook-exporter.ts'
