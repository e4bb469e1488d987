import {
  AuditError,
  type Exporter,
  readWebAddress,
  refusePlain,
  refuseUnknown,
  type SealedRecord
} from '@slm-audit/core/exporter'
import { bodyOf, idOf, postRecords, type RecordsPost } from './post-records.ts'

/** Headers of a request, or how to make them anew for each. */
export type FetchHeaders =
  | { readonly [name: string]: string }
  | (() => FetchHeaderValues | Promise<FetchHeaderValues>)

type FetchHeaderValues = { readonly [name: string]: string }

/** Options of `fetchExporter`. */
export interface FetchExporterOptions {
  /** The application's own server, where batches are posted; in a page it may be relative. */
  readonly url: string | URL
  /** Names the cursor; `fetch` unless given. */
  readonly name?: string
  /** Sent with every request; a function is asked before each, for tokens that expire. */
  readonly headers?: FetchHeaders
  /** Whether cookies go with it, as for `fetch`, whose default holds unless given. */
  readonly credentials?: RequestInit['credentials']
  /** Whether records may go to another host by http, in the clear; false unless given. */
  readonly allowHttp?: boolean
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
}

const OPTIONS = ['url', 'name', 'headers', 'credentials', 'allowHttp', 'fetch']
/** What browsers send of a page that is gone: 64 KiB in all (Fetch, "keepalive"), less some room. */
const KEEPALIVE_BYTES = 60 * 1024

/**
 * Posts batches of sealed records as JSON to the application's own server, for pages: nothing is
 * signed, because a page can keep no secret from its user. The body is that of `webhookExporter`, and
 * `records-id` in the header is the same whenever the same batch is sent again. Answers mean the same
 * as well. A small batch (60 KiB) that is under way survives the page. Throws AuditError `bad_option`.
 */
export function fetchExporter(options: FetchExporterOptions): Exporter {
  refuseUnknown('fetchExporter', options, OPTIONS)
  const { name = 'fetch', fetch: send, headers = {}, credentials } = options
  if (typeof headers !== 'function' && (typeof headers !== 'object' || headers === null)) {
    throw new AuditError('bad_option', 'headers must be an object, or a function that gives one')
  }
  const url = readWebAddress('url', options.url)
  refusePlain('url', url, options.allowHttp)
  const requestOf = async (batch: readonly SealedRecord[]): Promise<RecordsPost> => {
    const body = bodyOf(batch)
    return {
      body,
      headers: {
        ...(typeof headers === 'function' ? await headers() : headers),
        'content-type': 'application/json',
        'records-id': idOf(batch)
      },
      ...(credentials !== undefined && { credentials }),
      keepalive: new Blob([body]).size <= KEEPALIVE_BYTES
    }
  }
  return {
    name,
    export: (batch, signal) => postRecords(send ?? globalThis.fetch, url, requestOf(batch), signal),
    [Symbol.asyncDispose]: async () => undefined
  }
}
