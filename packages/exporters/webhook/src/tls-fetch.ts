import type { RequestOptions } from 'node:https'
import { checkTls, type TlsOptions } from '@slm-audit/core/exporter'

/** An answer that is longer says nothing of use. */
const MAX_ANSWER = 64 * 1024

/**
 * A fetch that posts with these certificates, by Node's own client: the global fetch takes none. Throws AuditError `bad_option`
 * for members that there are not.
 */
export function tlsFetch(tls: TlsOptions): typeof fetch {
  checkTls(tls)
  return async (input, init = {}) => {
    // Bundles for pages must not look for it.
    const https = globalThis.process.getBuiltinModule('node:https')
    const { method = 'POST', headers, body, signal } = init
    const options = { method, headers, signal, ...tls } as RequestOptions
    const { promise, resolve, reject } = Promise.withResolvers<Response>()
    const request = https.request(String(input), options, (answer) => {
      const parts: Buffer[] = []
      let size = 0
      answer.on('data', (part: Buffer) => {
        size += part.length
        if (size <= MAX_ANSWER) parts.push(part)
      })
      answer.once('error', reject)
      answer.once('end', () => {
        const { statusCode: status = 500, headers: given } = answer
        const after = given['retry-after']
        const kept = after === undefined ? {} : { 'retry-after': after }
        const isEmpty = status === 204 || status === 304
        const text = isEmpty ? null : Buffer.concat(parts).toString()
        resolve(new Response(text, { status, headers: kept }))
      })
    })
    request.once('error', reject)
    request.end(body as string)
    return await promise
  }
}
