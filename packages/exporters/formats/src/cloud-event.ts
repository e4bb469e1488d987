import type { SealedPart, SealedRecord } from '@slm-audit/core/exporter'
import { compact, readFacts } from './facts.ts'

/** Options of `toCloudEvent`. */
export interface CloudEventOptions {
  /**
   * What `data` holds: `header` (the default), the record without contents, which still proves;
   * `record`, with contents as base64 and their salts, all that another verifier needs.
   */
  readonly data?: 'header' | 'record'
}

/** A CloudEvent 1.0 in the JSON format. */
export interface CloudEvent {
  /** The version of CloudEvents. */
  readonly specversion: '1.0'
  /** Unique within `source`: auditId and stage. */
  readonly id: string
  /** The log, as a URI. */
  readonly source: string
  /** What kind of record it is, and its stage. */
  readonly type: string
  readonly [attribute: string]: unknown
}

/** Digits of a safe integer, so that sequences sort as text. */
const SEQUENCE_DIGITS = 16

/**
 * A record as a CloudEvent 1.0 (github.com/cloudevents/spec, JSON event format). `id` is unique in
 * `source`, the log's origin, and the same whenever the record is sent; `sequence` and
 * `traceparent` follow the documented extensions of those names.
 */
export function toCloudEvent(sealed: SealedRecord, options: CloudEventOptions = {}): CloudEvent {
  const { record, uid } = readFacts(sealed)
  const { trace, kind, stage } = record
  const header: unknown = JSON.parse(sealed.header)
  return {
    ...compact({
      datacontenttype: 'application/json',
      sequence: String(sealed.index).padStart(SEQUENCE_DIGITS, '0'),
      subject: record.auditId,
      time: record.at,
      traceparent: trace && `00-${trace.traceId}-${trace.spanId}-01`
    }),
    specversion: '1.0',
    id: uid,
    source: `/${encodeURI(record.log.origin)}`,
    type: stage === 'event' ? `slm-audit.${kind}` : `slm-audit.${kind}.${stage}`,
    data: options.data === 'record' ? { header, contents: contentsOf(sealed) } : header
  }
}

function contentsOf({ contents }: SealedRecord) {
  return contents.map(({ name, type, at, parts, ...whole }) =>
    compact({ name, type, at, ...(parts ? { parts: parts.map(bytesOf) } : bytesOf(whole)) })
  )
}

/** Salt and body of a content or a part, or the commitment that an erased part has left. */
function bytesOf({ salt, body, commitment }: SealedPart) {
  return compact({
    salt: salt && base64(salt),
    body: body && base64(body),
    commitment: commitment && base64(commitment)
  })
}

function base64(bytes: Uint8Array): string {
  let binary = ''
  for (const byte of bytes) binary += String.fromCharCode(byte)
  return btoa(binary)
}
