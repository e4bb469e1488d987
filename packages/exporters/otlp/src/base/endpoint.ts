import { AuditError } from '@slm-audit/core/exporter'

/** How records travel. */
export type OtlpProtocol = 'http/protobuf' | 'http/json' | 'grpc'

const SIGNAL_PATH = /\/v1\/(traces|logs|metrics)\/*$/
const SCHEME = /^[a-z]\w{0,7}:\/\//i

/**
 * Reads an endpoint for a protocol: for HTTP a URL, to which the signals' paths are added;
 * for gRPC a URL, or a host or an IP address with a port, which means TLS. Throws AuditError
 * `bad_option` that
 * begins with the endpoint's name: the option, or the variable.
 */
export function readEndpoint(given: unknown, protocol: OtlpProtocol, name = 'endpoint'): string {
  const endpoint = typeof given === 'string' ? given.trim() : ''
  if (protocol === 'grpc') {
    const url = SCHEME.test(endpoint) ? endpoint : `https://${endpoint}`
    if (endpoint !== '' && URL.canParse(url)) return endpoint
    throw bad(`${name} must be an address such as http://localhost:4317 or 10.0.0.5:4317`)
  }
  if (!/^https?:\/\//i.test(endpoint) || !URL.canParse(endpoint)) {
    const isHost =
      /^[\w.[\]:-]+(\/|$)/.test(endpoint) &&
      !endpoint.includes('://') &&
      URL.canParse(`http://${endpoint}`)
    const hint = isHost ? `; did you mean http://${endpoint}?` : ''
    throw bad(`${name} must be a URL such as http://localhost:4318${hint}`)
  }
  const [path] = SIGNAL_PATH.exec(new URL(endpoint).pathname) ?? []
  if (path === undefined) return endpoint
  throw bad(`${name} is the base of all signals, and ${path} is added to it; leave it out`)
}

function bad(message: string): AuditError {
  return new AuditError('bad_option', message)
}
