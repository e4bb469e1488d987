import { createHash, randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type Anchor, AuditError } from '@slm-audit/core'
import { messageOf, refuseUnknown } from '@slm-audit/core/journal'
import { makeFolder, writeWholeFile } from '@slm-audit/core/node'
import { parseCheckpoint } from '@slm-audit/core/tlog'
import { checkReply, encodeRequest } from './time-stamp.ts'

/** Options of `timestampAnchor`. */
export interface TimestampAnchorOptions {
  /** The address of the authority, `http:` or `https:`. */
  readonly url: string | URL
  /** Where stamps are kept: `<size>.checkpoint` and `<size>.tsr`; made, for its owner alone, where it is missing. */
  readonly directory: string
  /** Headers of each request, for instance for authorization. */
  readonly headers?: { readonly [name: string]: string }
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
}

/** No stamp is larger, in bytes, with the certificates that come with it. */
const MOST_BYTES = 64 * 1024
const DIGITS = 12

/**
 * An anchor that has each checkpoint stamped by a time-stamping authority (RFC 3161), over HTTP. What is stamped is the
 * SHA-256 of the signed checkpoint, so that `openssl ts -verify -data <size>.checkpoint -in <size>.tsr` checks it.
 * Throws AuditError `bad_option`; an answer that is no stamp of the checkpoint is told as `anchor_failed`.
 */
export function timestampAnchor(options: TimestampAnchorOptions): Anchor {
  refuseUnknown('timestampAnchor', options, ['url', 'directory', 'headers', 'fetch'])
  const { directory, headers = {}, fetch: send = globalThis.fetch } = options
  const url = addressOf(options.url)
  if (typeof directory !== 'string' || directory === '') {
    throw new AuditError('bad_option', 'directory must be the path of a folder for the stamps')
  }
  return {
    name: `rfc3161 ${url.host}`,
    async publish(checkpoint, _log, signal) {
      const hash = createHash('sha256').update(checkpoint).digest()
      // A positive number without a zero in front, as DER writes it.
      const nonce = randomBytes(8)
      nonce[0] = ((nonce[0] ?? 0) & 0x7f) | 0x40
      const reply = await ask(send, url, encodeRequest(hash, nonce), headers, signal)
      try {
        checkReply(reply, hash, nonce)
      } catch (cause) {
        const message = `its answer is not a stamp of the checkpoint: ${messageOf(cause)}; check the url`
        throw new AuditError('anchor_failed', message, { cause })
      }
      makeFolder(directory)
      const base = join(directory, String(parseCheckpoint(checkpoint).size).padStart(DIGITS, '0'))
      writeWholeFile(`${base}.checkpoint`, checkpoint)
      writeWholeFile(`${base}.tsr`, reply)
      return undefined
    }
  }
}

function addressOf(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  if (url && /^https?:$/.test(url.protocol)) return url
  throw new AuditError(
    'bad_option',
    'url must be the http or https address of a time-stamping authority'
  )
}

/** Redirects are not followed, and no more is read than a stamp may have. */
async function ask(
  send: typeof fetch,
  url: URL,
  body: Uint8Array,
  headers: { readonly [name: string]: string },
  signal: AbortSignal
): Promise<Uint8Array> {
  const answer = await send(url, {
    method: 'POST',
    redirect: 'manual',
    headers: { 'content-type': 'application/timestamp-query', ...headers },
    body: Uint8Array.from(body),
    signal
  })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new AuditError('anchor_failed', `it answers with ${answer.status}; check the url`)
  }
  const parts: Uint8Array[] = []
  let size = 0
  const reader = answer.body?.getReader()
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) return Buffer.concat(parts)
    size += value.length
    if (size > MOST_BYTES) {
      await reader?.cancel()
      throw new AuditError('anchor_failed', 'its answer is larger than any stamp; check the url')
    }
    parts.push(value)
  }
}
