import {
  AuditError,
  type Exporter,
  type ExportResult,
  encodeSealed,
  messageOf,
  parseRecord,
  refuseUnknown,
  type SealedRecord,
  toHex
} from '@slm-audit/core'
import { type SignWebhook, webhookSigner } from './webhook-signer.ts'

/** Options of `webhookExporter`. */
export interface WebhookExporterOptions {
  /** Where batches are posted, by http or https. */
  readonly url: string | URL
  /**
   * `whsec_` and the base64 of 24 to 64 bytes. Several while a secret is changed: each request is
   * then signed with all of them.
   */
  readonly secret: string | readonly string[]
  /** Names the cursor; `webhook` unless given. */
  readonly name?: string
  /**
   * The body of a batch in another format: a JSON array of what this makes of each record, such as
   * `toCloudEvent`. The body is `{ type, timestamp, data: { records } }` unless given.
   */
  readonly encode?: (sealed: SealedRecord) => object
  /** `application/json` unless given, for instance `application/cloudevents-batch+json`. */
  readonly contentType?: string
  /** Sent with every request. */
  readonly headers?: { readonly [name: string]: string }
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
}

const OPTIONS = ['url', 'secret', 'name', 'encode', 'contentType', 'headers', 'fetch']
const TYPE = 'slm-audit.records'
/** These speak of the moment, the endpoint or the secret, not of the records. */
const TRY_AGAIN = [401, 403, 404, 407, 408, 425, 429]

/**
 * Posts batches of sealed records as JSON, signed by Standard Webhooks 1.0. A batch that is sent
 * again has the same `webhook-id` and body. 2xx means stored; what passes (408, 425, 429, 5xx,
 * redirects, no connection) or speaks of the endpoint (401, 403, 404, 407) is tried again, not
 * before the answer's Retry-After; any other answer refuses the batch. Throws AuditError
 * `bad_option`.
 */
export function webhookExporter(options: WebhookExporterOptions): Exporter {
  refuseUnknown('webhookExporter', options, OPTIONS)
  const { name = 'webhook', fetch: send = globalThis.fetch, secret, encode } = options
  const { contentType = 'application/json' } = options
  const headers = { ...options.headers, 'content-type': contentType }
  if (encode !== undefined && typeof encode !== 'function') {
    throw new AuditError('bad_option', 'encode must be a function of a sealed record')
  }
  const toBody = encode ? (batch: readonly SealedRecord[]) => encoded(batch, encode) : bodyOf
  const url = urlOf(options.url)
  const sign = webhookSigner(typeof secret === 'string' ? [secret] : (secret ?? []))
  return {
    name,
    async export(batch, signal) {
      try {
        const request = await requestOf(batch, toBody(batch), sign, headers)
        const response = await send(url, { ...request, signal, redirect: 'manual' })
        await response.body?.cancel()
        return resultOf(response, url.host)
      } catch (cause) {
        const message = `${url.host} was not reached: ${explain(cause)}`
        return { status: 'retry', error: new AuditError('export_failed', message, { cause }) }
      }
    },
    [Symbol.asyncDispose]: async () => undefined
  }
}

async function requestOf(
  batch: readonly SealedRecord[],
  body: string,
  sign: SignWebhook,
  headers: { readonly [name: string]: string }
): Promise<RequestInit> {
  const id = idOf(batch)
  const seconds = Math.floor(Date.now() / 1000)
  return {
    method: 'POST',
    body,
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': await sign(id, seconds, body)
    }
  }
}

/** The same for the same records: their places, and the first one's leaf, which names the log. */
function idOf(batch: readonly SealedRecord[]): string {
  const [first, last] = [batch[0], batch.at(-1)]
  const leaf = toHex(first?.leafHash.subarray(0, 8) ?? new Uint8Array())
  return `records_${first?.index}_${last?.index}_${leaf}`
}

function bodyOf(batch: readonly SealedRecord[]): string {
  const last = batch.at(-1)
  const at = last && JSON.stringify(parseRecord(last).at)
  const records = batch.map((sealed) => encodeSealed(sealed)).join(',')
  return `{"type":"${TYPE}","timestamp":${at},"data":{"records":[${records}]}}`
}

function encoded(batch: readonly SealedRecord[], encode: (sealed: SealedRecord) => object): string {
  return JSON.stringify(batch.map(encode))
}

function resultOf({ ok, status, headers }: Response, host: string): ExportResult {
  if (ok) return { status: 'stored' }
  if (TRY_AGAIN.includes(status) || status >= 500 || (status < 400 && status >= 300)) {
    const error = new AuditError('export_failed', `${host} answered ${status}`)
    const afterMs = retryAfterMs(headers.get('retry-after'))
    return { status: 'retry', error, ...(afterMs !== undefined && { afterMs }) }
  }
  return {
    status: 'rejected',
    error: new AuditError('export_rejected', `${host} answered ${status}`)
  }
}

/** RFC 9110 section 10.2.3: seconds, or a date. */
function retryAfterMs(value: string | null): number | undefined {
  if (value === null) return undefined
  if (/^\d+$/.test(value)) return Number(value) * 1000
  const at = Date.parse(value)
  return Number.isNaN(at) ? undefined : Math.max(0, at - Date.now())
}

/** fetch hides what happened in its error's cause. */
function explain(error: unknown): string {
  const { cause } = error as { readonly cause?: unknown }
  return cause instanceof Error ? `${messageOf(error)} (${cause.message})` : messageOf(error)
}

function urlOf(url: string | URL): URL {
  const parsed = URL.canParse(url) ? new URL(url) : undefined
  if (parsed && /^https?:$/.test(parsed.protocol)) return parsed
  throw new AuditError('bad_option', 'url must begin with https:// or http://')
}
