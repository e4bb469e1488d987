export { type WebhookExporterOptions, webhookExporter } from './webhook-exporter.ts'
