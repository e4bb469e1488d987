import { refuseUnknown } from './check-options.ts'
import { AuditError } from './error.ts'
import { isObject } from './json.ts'

/** Certificates of one's own for a connection by https, in PEM, as texts or bytes. */
export interface TlsOptions {
  /** Authorities that the server's certificate may be of, in place of the public ones. */
  readonly ca?: string | Uint8Array | readonly (string | Uint8Array)[]
  /** The client's certificate, which the server asks for. */
  readonly cert?: string | Uint8Array
  /** The private key of `cert`. */
  readonly key?: string | Uint8Array
}

/** Throws AuditError `bad_option` for what are no such certificates, before anything is sent. */
export function checkTls(tls: unknown): asserts tls is TlsOptions {
  if (!isObject(tls)) throw new AuditError('bad_option', 'tls must be { ca, cert, key }')
  refuseUnknown('tls', tls, ['ca', 'cert', 'key'])
  const { ca, cert, key } = tls
  if ((cert === undefined) !== (key === undefined)) {
    throw new AuditError('bad_option', 'tls needs cert and key together')
  }
  for (const each of Array.isArray(ca) ? ca : [ca]) checkPem('ca', each)
  checkPem('cert', cert)
  checkPem('key', key)
}

function checkPem(name: string, value: unknown): void {
  if (value === undefined || typeof value === 'string' || value instanceof Uint8Array) return
  throw new AuditError('bad_option', `tls.${name} must be PEM, as a text or bytes`)
}
