import { parseCheckpoint } from '../tlog/checkpoint.ts'
import type { Anchor } from './anchor.ts'
import { keepBy, type WebAnchorOptions } from './web-anchors.ts'

/** SEVERITY_NUMBER_INFO of the OpenTelemetry log data model. */
const INFO = 9
const NANOSECONDS = 1_000_000n

/**
 * Sends each checkpoint as a log record to an OpenTelemetry collector by OTLP/HTTP in JSON
 * (opentelemetry.io/docs/specs/otlp): the signed note is the body, `slm_audit.checkpoint` the name
 * of the event. It is kept when the collector has taken it; one that rejects it in part has not.
 *
 * @param url The full URL of its logs, ending in `/v1/logs`.
 */
export function otlpAnchor(url: string | URL, options: WebAnchorOptions = {}): Anchor {
  return keepBy('otlp', url, options, {
    type: 'application/json',
    bodyOf: (checkpoint) => JSON.stringify(logsRequest(checkpoint)),
    problemIn: rejection
  })
}

function logsRequest(checkpoint: string): object {
  const { origin, size } = parseCheckpoint(checkpoint)
  const now = String(BigInt(Date.now()) * NANOSECONDS)
  const record = {
    timeUnixNano: now,
    observedTimeUnixNano: now,
    severityNumber: INFO,
    severityText: 'INFO',
    eventName: 'slm_audit.checkpoint',
    body: { stringValue: checkpoint },
    attributes: [
      { key: 'slm_audit.log.origin', value: { stringValue: origin } },
      { key: 'slm_audit.log.size', value: { intValue: String(size) } }
    ]
  }
  return {
    resourceLogs: [
      { resource: {}, scopeLogs: [{ scope: { name: 'slm-audit' }, logRecords: [record] }] }
    ]
  }
}

/** A collector answers 200 also when it has thrown records away, and then says how many. */
function rejection(answer: string): string | undefined {
  try {
    const { partialSuccess } = JSON.parse(answer) as {
      readonly partialSuccess?: { readonly rejectedLogRecords?: unknown }
    }
    return Number(partialSuccess?.rejectedLogRecords ?? 0) > 0
      ? 'it rejected the record'
      : undefined
  } catch {
    // An answer that is empty or no JSON rejects nothing.
    return undefined
  }
}
