import {
  AuditError,
  type ExportResult,
  encodeSealed,
  messageOf,
  parseRecord,
  readRetryAfter,
  refusesBatch,
  type SealedRecord,
  toHex
} from '@slm-audit/core/exporter'

/** The `type` of a batch in JSON. */
const TYPE = 'slm-audit.records'

/** One request with records. */
export interface RecordsPost {
  readonly body: string
  readonly headers: { readonly [name: string]: string }
  readonly credentials?: RequestCredentials
  readonly keepalive?: boolean
}

/**
 * Posts records and says what became of them. 2xx means stored; what speaks of the records (400, 413,
 * 415, 422) refuses the batch; any other answer speaks of the endpoint and asks for another attempt, not
 * before its Retry-After. Never throws.
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
  if (refusesBatch(status)) {
    return {
      status: 'rejected',
      error: new AuditError('export_rejected', `${host} answered ${status}`)
    }
  }
  // Browsers show a redirect that is not followed as status 0.
  const error = new AuditError('export_failed', `${host} answered ${status}${hintFor(status)}`)
  const afterMs = readRetryAfter(headers.get('retry-after'))
  return { status: 'retry', error, ...(afterMs !== undefined && { afterMs }) }
}

/** What to look at where an answer speaks of the endpoint and will not pass by itself. */
function hintFor(status: number): string {
  if (status < 400) return ': it leads elsewhere, and redirects are not followed; give that url'
  if (status === 401 || status === 403 || status === 407)
    return ': check the secret and the headers'
  if (status === 404 || status === 405 || status === 410) return ': check the url'
  return ''
}

/** fetch hides what happened in its error's cause. */
function explain(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown }
  return cause instanceof Error ? `${messageOf(error)} (${cause.message})` : messageOf(error)
}
