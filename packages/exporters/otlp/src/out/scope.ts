import { SCHEMA_URL } from '../base/semconv.ts'

/** The instrumentation scope of everything that is sent; the version is package.json's (tested). */
export const scope = {
  name: '@slm-audit/otlp',
  version: '0.1.0',
  schemaUrl: SCHEMA_URL
} as const
