import type { SealedRecord } from '@slm-audit/core/exporter'
import { type Facts, readFacts, type Severity } from './facts.ts'

/** Options of `toCef`. */
export interface CefOptions {
  /** Whether prompt (`request`) and answer (`reason`) go with the line; false unless given. */
  readonly texts?: boolean
}

/** CEF's scale from 0 to 10. */
const SEVERITIES: { readonly [S in Severity]: number } = {
  informational: 1,
  low: 3,
  medium: 6,
  high: 8
}

/** Longest values of the dictionary's fields, in characters. */
const LONGEST = 1_023

/**
 * A record as a line of the Common Event Format, version 0 (ArcSight CEF Implementation Standard):
 * a header of seven fields and an extension of the standard's keys; what has no key of its own is
 * in the custom strings and numbers, each with its label. Without a line end.
 */
export function toCef(sealed: SealedRecord, options: CefOptions = {}): string {
  const facts = readFacts(sealed)
  const { record, operation, severity } = facts
  const { sdk, kind, stage } = record
  const header = [
    'slm-audit',
    'slm-audit',
    sdk?.version ?? '0',
    stage === 'event' ? kind : `${kind}.${stage}`,
    `${operation} ${stage}`,
    String(SEVERITIES[severity])
  ]
  const extension = extensionOf(sealed, facts, options.texts === true)
    .filter((pair): pair is [string, string | number] => pair[1] !== undefined)
    .map(([key, value]) => `${key}=${escapeValue(String(value))}`)
  return `CEF:0|${header.map(escapeHeader).join('|')}|${extension.join(' ')}`
}

type Pair = readonly [key: string, value: string | number | undefined]

function extensionOf(sealed: SealedRecord, facts: Facts, texts: boolean): readonly Pair[] {
  const { record, outcome, text } = facts
  const { call, context, host, response, service, timing, trace } = record
  const end = Date.parse(record.at)
  return [
    ['rt', end],
    ['start', timing && end - Math.round(timing.durationMs)],
    ['end', timing && end],
    ['externalId', facts.uid],
    ['act', facts.operation],
    ['outcome', outcome],
    ['suid', context?.user],
    ['shost', host?.name],
    ['spid', host?.pid],
    ['sourceServiceName', service?.name],
    ['dhost', call?.endpoint?.address],
    ['dpt', call?.endpoint?.port],
    ['destinationServiceName', call?.provider],
    ['msg', facts.message],
    ...labelled('cs', [
      ['model', response?.model ?? call?.model],
      ['session', context?.session],
      ['traceId', trace?.traceId],
      ['origin', record.log.origin],
      ['finishReasons', response?.finishReasons?.join(',')],
      ['errorType', record.outcome?.type]
    ]),
    ...labelled('cn', [
      ['leafIndex', sealed.index],
      ['httpStatus', record.outcome?.status],
      ['durationMs', timing && Math.round(timing.durationMs)]
    ]),
    ...labelled('flexNumber', [
      ['inputTokens', response?.usage?.inputTokens],
      ['outputTokens', response?.usage?.outputTokens]
    ]),
    ...(texts
      ? ([
          ['request', text('input')],
          ['reason', text('output')]
        ] as const)
      : [])
  ]
}

/** Custom fields in pairs: `cs1`, and `cs1Label` that says what it holds. */
function labelled(prefix: 'cs' | 'cn' | 'flexNumber', fields: readonly Pair[]): Pair[] {
  return fields.flatMap(([label, value], at): Pair[] =>
    value === undefined
      ? []
      : [
          [`${prefix}${at + 1}`, value],
          [`${prefix}${at + 1}Label`, label]
        ]
  )
}

function escapeHeader(text: string): string {
  return text
    .replaceAll('\\', '\\\\')
    .replaceAll('|', '\\|')
    .replace(/[\r\n]+/g, ' ')
}

function escapeValue(text: string): string {
  return text
    .slice(0, LONGEST)
    .toWellFormed()
    .replaceAll('\\', '\\\\')
    .replaceAll('=', '\\=')
    .replace(/\r\n|\n/g, '\\n')
    .replaceAll('\r', '\\r')
}
