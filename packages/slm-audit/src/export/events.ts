import type { SealedRecord } from '@slm-audit/core'
import { toCef, toCloudEvent, toEcs, toOcsf } from '@slm-audit/formats'
import type { ExportFormat } from './format.ts'

/** Formats of security tools: a line a record, without contents (docs/guide/formats.md). */
export const EVENT_FORMATS: readonly ExportFormat[] = [
  events('ocsf', 'OCSF 1.8 events, API Activity', (sealed) => JSON.stringify(toOcsf(sealed))),
  events('ecs', 'documents of the Elastic Common Schema', (sealed) =>
    JSON.stringify(toEcs(sealed))
  ),
  events('cloudevents', 'CloudEvents 1.0, with the record as data', (sealed) =>
    JSON.stringify(toCloudEvent(sealed))
  ),
  events('cef', 'lines of the Common Event Format', (sealed) => toCef(sealed))
]

function events(
  name: string,
  description: string,
  encode: (sealed: SealedRecord) => string
): ExportFormat {
  return {
    name,
    description,
    isWithoutContents: true,
    begin: () => ({
      add: ({ records }) => records.map((sealed) => `${encode(sealed)}\n`).join('')
    })
  }
}
