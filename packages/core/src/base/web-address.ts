import { AuditError } from './error.ts'

/**
 * Reads an address of the web; in a page it may be relative. Throws AuditError `bad_option` that names
 * the option for what is not an http or https URL, and for one with a password in it: fetch refuses these,
 * and its error text shows the password.
 */
export function readWebAddress(option: string, address: string | URL): URL {
  const base = globalThis.location?.href
  const url = URL.canParse(address, base) ? new URL(address, base) : undefined
  if (!url || !/^https?:$/.test(url.protocol)) {
    throw new AuditError('bad_option', `${option} must begin with https:// or http://`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new AuditError(
      'bad_option',
      `${option} holds a user or a password; give them by the option headers (authorization)`
    )
  }
  return url
}

/** Hosts that are this machine. */
const HERE = /^(localhost|127(\.\d+){3}|\[::1\]|.*\.localhost)$/

/** Whether a host is this machine. */
export function isThisMachine(hostname: string): boolean {
  return HERE.test(hostname)
}

/**
 * Refuses an address to which records would go in the clear, over a network, unless the option `allowHttp` says that this is
 * known. Records hold what people wrote. Throws AuditError `bad_option`.
 */
export function refusePlain(option: string, url: URL, allowHttp = false): void {
  const isPage = globalThis.location?.origin === url.origin
  if (allowHttp || isPage || url.protocol !== 'http:' || isThisMachine(url.hostname)) return
  throw new AuditError(
    'bad_option',
    `${option} would send records to ${url.host} in the clear; use https://, or say allowHttp: true where the network is safe`
  )
}
