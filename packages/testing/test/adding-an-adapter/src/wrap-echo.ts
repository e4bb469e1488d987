import { type AuditLog, type Protocol, wrapFetch } from '@slm-audit/core'
import type { Echo } from '../test/echo-client.ts'
import { echoChat } from './echo-chat.ts'

/** Records what `client` asks its models. The client is changed in place. */
export function wrapEcho(client: Echo, log: AuditLog): Echo {
  const { fetch, request } = client
  client.fetch = wrapFetch(log, [echoChat as Protocol], fetch)
  // The attempts at one call are one record.
  client.request = (params, options) =>
    log.withAttempts({ limit: 1 + client.maxRetries, signal: options.signal }, () =>
      request.call(client, params, options)
    )
  return client
}
