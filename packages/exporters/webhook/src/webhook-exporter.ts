import {
  AuditError,
  type Exporter,
  encodeWith,
  readWebAddress,
  refusePlain,
  refuseUnknown,
  type SealedRecord,
  type TlsOptions
} from '@slm-audit/core/exporter'
import { bodyOf, idOf, postRecords, type RecordsPost } from './post-records.ts'
import { tlsFetch } from './tls-fetch.ts'
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
  /** Whether records may go to another host by http, in the clear; false unless given. */
  readonly allowHttp?: boolean
  /** Certificates, for servers that are not known publicly or want to know who sends; in Node. */
  readonly tls?: TlsOptions
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
}

const OPTIONS = [
  'url',
  'secret',
  'name',
  'encode',
  'contentType',
  'headers',
  'allowHttp',
  'tls',
  'fetch'
]

/**
 * Posts batches of sealed records as JSON, signed by Standard Webhooks 1.0. A batch that is sent
 * again has the same `webhook-id` and body. 2xx means stored; 400, 413, 415 and 422 refuse the
 * batch; any other answer (a wrong path, an endpoint that is gone, a refused key, 429, 5xx, redirects)
 * and no connection is tried again, not before the answer's Retry-After. Throws AuditError
 * `bad_option`.
 */
export function webhookExporter(options: WebhookExporterOptions): Exporter {
  refuseUnknown('webhookExporter', options, OPTIONS)
  const { name = 'webhook', secret, encode, tls } = options
  const { contentType = 'application/json', allowHttp } = options
  const send = options.fetch ?? (tls ? tlsFetch(tls) : globalThis.fetch)
  const headers = { ...options.headers, 'content-type': contentType }
  if (encode !== undefined && typeof encode !== 'function') {
    throw new AuditError('bad_option', 'encode must be a function of a sealed record')
  }
  const toBody = encode ? (batch: readonly SealedRecord[]) => encoded(batch, encode) : bodyOf
  const url = readWebAddress('url', options.url)
  refusePlain('url', url, allowHttp)
  const sign = webhookSigner(typeof secret === 'string' ? [secret] : (secret ?? []))
  return {
    name,
    export: (batch, signal) =>
      postRecords(send, url, requestOf(batch, toBody, sign, headers), signal),
    [Symbol.asyncDispose]: async () => undefined
  }
}

async function requestOf(
  batch: readonly SealedRecord[],
  toBody: (batch: readonly SealedRecord[]) => string,
  sign: SignWebhook,
  headers: { readonly [name: string]: string }
): Promise<RecordsPost> {
  const body = toBody(batch)
  const id = idOf(batch)
  const seconds = Math.floor(Date.now() / 1000)
  return {
    body,
    headers: {
      ...headers,
      'webhook-id': id,
      'webhook-timestamp': String(seconds),
      'webhook-signature': await sign(id, seconds, body)
    }
  }
}

function encoded(batch: readonly SealedRecord[], encode: (sealed: SealedRecord) => object): string {
  return JSON.stringify(batch.map((sealed) => encodeWith(encode, sealed)))
}
