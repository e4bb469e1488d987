export type { ClickHouseLike, PlaceOptions, TlsOptions } from './connection/place.ts'
export { type ClickHouseExporterOptions, clickhouseExporter } from './export/clickhouse-exporter.ts'
export { openClickHouseReader } from './read/open-reader.ts'
export { clickhouseSchema } from './store/schema.ts'
