import {
  AuditError,
  type ExportResult,
  encodeSealed,
  messageOf,
  parseRecord,
  readRetryAfter,
  type SealedRecord,
  toHex
} from '@slm-audit/core'

/** The `type` of a batch in JSON. */
const TYPE = 'slm-audit.records'
/** These speak of the moment, the endpoint or the credentials, not of the records. */
const TRY_AGAIN = [401, 403, 404, 407, 408, 425, 429]

/** One request with records. */
export interface RecordsPost {
  readonly body: string
  readonly headers: { readonly [name: string]: string }
  readonly credentials?: RequestCredentials
  readonly keepalive?: boolean
}

/**
 * Posts records and says what became of them. 2xx means stored; what passes or speaks of the endpoint
 * asks for another attempt, not before the answer's Retry-After; any other answer refuses the batch.
 * Never throws.
 */
export async function postRecords(
  send: typeof fetch,
  url: URL,
  post: RecordsPost | Promise<RecordsPost>,
  signal: AbortSignal
): Promise<ExportResult> {
  try {
    const request = await post
    const response = await send(url, { method: 'POST', ...request, signal, redirect: 'manual' })
    await response.body?.cancel()
    return resultOf(response, url.host)
  } catch (cause) {
    if (AuditError.is(cause) && cause.code === 'export_rejected') {
      return { status: 'rejected', error: cause }
    }
    const message = `${url.host} was not reached: ${explain(cause)}`
    return { status: 'retry', error: new AuditError('export_failed', message, { cause }) }
  }
}

/** The body of a batch: `{ type, timestamp, data: { records } }`. */
export function bodyOf(batch: readonly SealedRecord[]): string {
  const last = batch.at(-1)
  const at = last && JSON.stringify(parseRecord(last).at)
  const records = batch.map((sealed) => encodeSealed(sealed)).join(',')
  return `{"type":"${TYPE}","timestamp":${at},"data":{"records":[${records}]}}`
}

/** Names a batch. The same for the same records: their places, and the first one's leaf, which names the log. */
export function idOf(batch: readonly SealedRecord[]): string {
  const [first, last] = [batch[0], batch.at(-1)]
  const leaf = toHex(first?.leafHash.subarray(0, 8) ?? new Uint8Array())
  return `records_${first?.index}_${last?.index}_${leaf}`
}

function resultOf({ ok, status, headers }: Response, host: string): ExportResult {
  if (ok) return { status: 'stored' }
  // Browsers show a redirect that is not followed as status 0.
  if (TRY_AGAIN.includes(status) || status >= 500 || status < 400) {
    const error = new AuditError('export_failed', `${host} answered ${status}`)
    const afterMs = readRetryAfter(headers.get('retry-after'))
    return { status: 'retry', error, ...(afterMs !== undefined && { afterMs }) }
  }
  return {
    status: 'rejected',
    error: new AuditError('export_rejected', `${host} answered ${status}`)
  }
}

/** fetch hides what happened in its error's cause. */
function explain(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown }
  return cause instanceof Error ? `${messageOf(error)} (${cause.message})` : messageOf(error)
}

/** Reads an address, in a page also a relative one. Throws AuditError `bad_option`. */
export function urlOf(url: string | URL): URL {
  const base = globalThis.location?.href
  const parsed = URL.canParse(url, base) ? new URL(url, base) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed
  throw new AuditError('bad_option', 'url must begin with https:// or http://')
}
