import { AuditError } from '@slm-audit/core/exporter'

/** Signs one message; the value of the header `webhook-signature`. */
export type SignWebhook = (id: string, seconds: number, body: string) => Promise<string>

const PREFIX = 'whsec_'
/** What Standard Webhooks allows for a secret, in bytes. */
const SHORTEST = 24
const LONGEST = 64

/**
 * Signs as Standard Webhooks 1.0 says: HMAC-SHA256 over `id.timestamp.body`, in base64 after `v1,`,
 * one signature a secret. Throws AuditError `bad_option` for a secret of another form.
 */
export function webhookSigner(secrets: readonly string[]): SignWebhook {
  if (secrets.length === 0) throw badSecret()
  const raw = secrets.map(secretBytes)
  let keys: Promise<CryptoKey[]> | undefined
  return async (id, seconds, body) => {
    keys ??= Promise.all(raw.map(importKey))
    const message = new TextEncoder().encode(`${id}.${seconds}.${body}`)
    const signatures = (await keys).map(async (key) => {
      const signature = await crypto.subtle.sign('HMAC', key, message)
      return `v1,${btoa(String.fromCharCode(...new Uint8Array(signature)))}`
    })
    return (await Promise.all(signatures)).join(' ')
  }
}

function importKey(bytes: Uint8Array<ArrayBuffer>): Promise<CryptoKey> {
  return crypto.subtle.importKey('raw', bytes, { name: 'HMAC', hash: 'SHA-256' }, false, ['sign'])
}

function secretBytes(secret: unknown): Uint8Array<ArrayBuffer> {
  if (typeof secret !== 'string' || !secret.startsWith(PREFIX)) throw badSecret()
  try {
    const binary = atob(secret.slice(PREFIX.length))
    const bytes = Uint8Array.from(binary, (unit) => unit.charCodeAt(0))
    if (bytes.length >= SHORTEST && bytes.length <= LONGEST) return bytes
  } catch {
    // No base64; the error below says so.
  }
  throw badSecret()
}

/** Says nothing of the secret itself. */
function badSecret(): AuditError {
  return new AuditError(
    'bad_option',
    `secret must be ${PREFIX} and the base64 of ${SHORTEST} to ${LONGEST} random bytes, for instance of: openssl rand -base64 32`
  )
}
