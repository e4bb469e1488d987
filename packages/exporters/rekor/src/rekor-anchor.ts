import { createHash, sign } from 'node:crypto'
import { dirname, join } from 'node:path'
import { type Anchor, AuditError } from '@slm-audit/core'
import { messageOf, refuseUnknown } from '@slm-audit/core/journal'
import { makeFolder, writeWholeFile } from '@slm-audit/core/node'
import { parseCheckpoint, parseVerifierKey } from '@slm-audit/core/tlog'
import { checkEntry } from './check-entry.ts'
import { type EntryKey, openEntryKey } from './signing-key.ts'

/** Options of `rekorAnchor`. */
export interface RekorAnchorOptions {
  /** The address of the log, without `/api/v2`. */
  readonly url: string | URL
  /** The log's key, as a verifier key: `name+id+base64` (C2SP signed-note). */
  readonly logKey: string
  /** The private key that signs entries, ECDSA P-256 in PEM; made where it is missing. */
  readonly keyFile: string
  /** Where entries are kept: `<size>.checkpoint` and `<size>.entry.json`; made where it is missing. */
  readonly directory: string
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
}

const OPTIONS = ['url', 'logKey', 'keyFile', 'directory', 'fetch']
/** No entry is larger, in bytes. */
const MOST_BYTES = 256 * 1024
const DIGITS = 12

/**
 * An anchor that enters each checkpoint into a log that speaks the API of Rekor v2, as a `hashedrekord` over the SHA-256 of
 * the signed checkpoint. It counts as kept once the entry's proof has been checked. Throws AuditError `bad_option`
 * and `bad_key`; what is not entered is told as `anchor_failed`.
 */
export function rekorAnchor(options: RekorAnchorOptions): Anchor {
  refuseUnknown('rekorAnchor', options, OPTIONS)
  const { keyFile, directory, fetch: send = globalThis.fetch } = options
  for (const [name, value] of Object.entries({ keyFile, directory })) {
    if (typeof value !== 'string' || value === '') {
      throw new AuditError('bad_option', `${name} must be a path`)
    }
  }
  const url = addressOf(options.url)
  const logKey = parseVerifierKey(options.logKey)
  let key: EntryKey | undefined
  return {
    name: `rekor ${url.host}`,
    async publish(checkpoint, _log, signal) {
      makeFolder(dirname(keyFile))
      key ??= openEntryKey(keyFile)
      const digest = createHash('sha256').update(checkpoint).digest()
      const request = JSON.stringify(requestOf(digest, checkpoint, key))
      const text = await ask(send, new URL('api/v2/log/entries', url), request, signal)
      try {
        await checkEntry(JSON.parse(text), digest, logKey)
      } catch (cause) {
        const message = `its answer does not prove that the checkpoint was entered: ${messageOf(cause)}; check url and logKey`
        throw new AuditError('anchor_failed', message, { cause })
      }
      makeFolder(directory)
      const base = join(directory, String(parseCheckpoint(checkpoint).size).padStart(DIGITS, '0'))
      writeWholeFile(`${base}.checkpoint`, checkpoint)
      writeWholeFile(`${base}.entry.json`, text)
      return undefined
    }
  }
}

/** A CreateEntryRequest. */
function requestOf(
  digest: Buffer,
  checkpoint: string,
  { privateKey, publicKey }: EntryKey
): object {
  const content = sign('sha256', Buffer.from(checkpoint), privateKey).toString('base64')
  const verifier = {
    publicKey: { rawBytes: publicKey },
    keyDetails: 'PKIX_ECDSA_P256_SHA_256'
  }
  return {
    hashedRekordRequestV002: { digest: digest.toString('base64'), signature: { content, verifier } }
  }
}

function addressOf(given: string | URL): URL {
  const url = URL.canParse(String(given)) ? new URL(given) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new AuditError('bad_option', 'url must be the http or https address of a Rekor v2 log')
  }
  if (!url.pathname.endsWith('/')) url.pathname += '/'
  return url
}

/** Redirects are not followed, and no more is read than an entry may have. */
async function ask(
  send: typeof fetch,
  url: URL,
  body: string,
  signal: AbortSignal
): Promise<string> {
  const headers = { 'content-type': 'application/json', accept: 'application/json' }
  const answer = await send(url, { method: 'POST', redirect: 'manual', headers, body, signal })
  if (!answer.ok) {
    await answer.body?.cancel()
    throw new AuditError('anchor_failed', `it answers with ${answer.status}; check the url`)
  }
  let text = ''
  const reader = answer.body?.pipeThrough(new TextDecoderStream()).getReader()
  for (;;) {
    const { value, done } = (await reader?.read()) ?? { value: undefined, done: true }
    if (done) return text
    text += value
    if (text.length <= MOST_BYTES) continue
    await reader?.cancel()
    throw new AuditError('anchor_failed', 'its answer is larger than any entry; check the url')
  }
}
