import { type AuditLog, type ClientKind, isObject, wrapClient } from '@slm-audit/core/adapter'
import { openaiProtocols } from './protocols.ts'
import { recordTools } from './record-tools.ts'

const OPENAI: ClientKind = {
  name: 'openai',
  protocols: openaiProtocols,
  tested: ['4', '5', '6', '7'],
  unseen: takesNoFetch,
  recordTools
}

/**
 * Records what `client` asks its models (see {@link openaiProtocols}), by all of its methods and helpers. The client is the
 * same object, changed in place: subclasses, fields of its own, stand-ins and later changes, such as of its key, stay
 * as they are. Clients made from it by `withOptions` are audited. Retries of one call are attempts of one record.
 * Tools that `runTools` runs are recorded below the call that asked for them. Wrapping twice for one log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `openai` package, AuditError `bad_option` when `log`
 * is not an audit log. A client whose calls cannot be seen is reported as `client_unseen`.
 */
export function wrapOpenAI<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, OPENAI)
}

/** Clients of major 7 that prove themselves by an X.509 certificate send by a fetch that is theirs alone. */
function takesNoFetch(client: object): string | undefined {
  const { _workloadIdentityAuth: auth } = client as { readonly [name: string]: unknown }
  const isX509 = isObject(auth) && typeof auth.requestAPIURL === 'function'
  return isX509 ? 'with an X.509 identity it takes no fetch but its own' : undefined
}
