import { toBase64 } from '../base/base64.ts'
import { readWebAddress } from '../base/web-address.ts'
import { parseCheckpoint } from '../tlog/checkpoint.ts'
import { parseVerifierKey, type VerifierKey } from '../tlog/key.ts'
import { formatSignature, parseSignature } from '../tlog/note.ts'
import { checkSignature } from '../tlog/signer.ts'
import type { Anchor, AnchoredLog } from './anchor.ts'
import { anchorFailure, askAnchor } from './read-answer.ts'

/** Options of anchors that are reached by HTTP. */
export interface WebAnchorOptions {
  /** For tests and proxies; the global fetch unless given. */
  readonly fetch?: typeof fetch
  /** Headers of each request, for instance for authorization. */
  readonly headers?: { readonly [name: string]: string }
}

const TEXT = 'text/plain; charset=utf-8'

/** Posts each checkpoint as text to a URL; any answer of 200 to 299 means that it is kept. */
export function webhookAnchor(url: string | URL, options: WebAnchorOptions = {}): Anchor {
  const form = { type: TEXT, bodyOf: (checkpoint: string) => checkpoint }
  return keepBy('webhook', url, options, form)
}

/** How a checkpoint is posted, and what an answer of 200 to 299 may still say against it. */
interface PostForm {
  readonly type: string
  bodyOf(checkpoint: string): string
  problemIn?(answer: string): string | undefined
}

/** An anchor that is one POST for each checkpoint, named after its kind and host. */
export function keepBy(
  kind: string,
  url: string | URL,
  { fetch: send = globalThis.fetch, headers = {} }: WebAnchorOptions,
  { type, bodyOf, problemIn }: PostForm
): Anchor {
  const address = readWebAddress('url', url)
  return {
    name: `${kind} ${address.host}`,
    async publish(checkpoint, _log, signal) {
      const { isOk, status, text } = await askAnchor(send, address, {
        headers: { 'content-type': type, ...headers },
        body: bodyOf(checkpoint),
        signal
      })
      const problem = isOk ? problemIn?.(text) : `it answered ${status}`
      if (problem !== undefined) throw anchorFailure(problem)
      return undefined
    }
  }
}

/** The largest number of hashes in a consistency proof that a witness accepts. */
const MAX_PROOF = 63
/** A witness may have moved on between two answers; more often than this it is not the same log. */
const TRIES = 3

/**
 * A witness (c2sp.org/tlog-witness): it checks that each checkpoint continues the one it saw last
 * and cosigns it. What it answers is checked against its key before it is kept.
 *
 * @param url The prefix of its `add-checkpoint`.
 * @param witness Its verifier key, also as the text that it prints: `example.com/witness+37019aad+BBi4…`. Throws AuditError
 *   `bad_key` for a text that is none.
 */
export function witnessAnchor(
  url: string | URL,
  witness: VerifierKey | string,
  options: WebAnchorOptions = {}
): Anchor {
  const key = typeof witness === 'string' ? parseVerifierKey(witness) : witness
  const { fetch: send = globalThis.fetch, headers = {} } = options
  const endpoint = readWebAddress('url', url)
  endpoint.pathname = `${endpoint.pathname.replace(/\/+$/, '')}/add-checkpoint`
  let known = 0
  /** The largest size that it has cosigned for this process. */
  let cosigned = 0
  return {
    name: `witness ${key.name}`,
    async publish(checkpoint, log, signal) {
      const { size, note } = parseCheckpoint(checkpoint)
      for (let tried = 0; tried < TRIES; tried++) {
        const body = await requestBody(Math.min(known, size), size, checkpoint, log)
        const { status, text } = await askAnchor(send, endpoint, { headers, body, signal })
        if (status === 200) {
          const lines = text.split('\n').filter((line) => line !== '')
          const signatures = lines.map(parseSignature)
          if ((await checkSignature({ text: note.text, signatures }, key)) !== 'good') {
            throw anchorFailure('its cosignature is not by the key that it is known by')
          }
          known = size
          cosigned = Math.max(cosigned, size)
          return signatures.map(formatSignature)
        }
        if (status !== 409) throw anchorFailure(refusal(status, text))
        const seen = /^\d{1,15}\s*$/.test(text) ? Number(text) : undefined
        if (seen === undefined) throw anchorFailure('it answered 409 with no size')
        if (seen < cosigned) {
          throw anchorFailure(
            `it cosigned ${cosigned} records and now remembers ${seen}: it has lost its memory and vouches for nothing before; ask who runs it`
          )
        }
        known = seen
        if (known > size) {
          const own = await log.size()
          // Another writer of the log was quicker with a later checkpoint.
          if (own >= known) return undefined
          throw anchorFailure(`it has seen ${known} records, this log has ${own}`)
        }
      }
      throw anchorFailure('its size changes with each answer; is another log using this origin?')
    }
  }
}

async function requestBody(old: number, size: number, checkpoint: string, log: AnchoredLog) {
  const proof = old === 0 || old === size ? [] : await log.consistencyProof(old, size)
  const lines = [`old ${old}`, ...proof.slice(0, MAX_PROOF).map(toBase64)]
  return `${lines.join('\n')}\n\n${checkpoint}`
}

function refusal(status: number, text: string): string {
  const meaning: { readonly [status: number]: string } = {
    403: 'it does not trust the key of this log',
    404: 'it does not know this log',
    422: 'this log does not continue the one it saw: history was rewritten'
  }
  return `${meaning[status] ?? 'it refused'} (${status} ${text.slice(0, 200).trim()})`
}
