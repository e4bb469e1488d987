import { type AuditLog, type ClientKind, isObject, wrapClient } from '@slm-audit/core/adapter'
import { openaiProtocols } from './protocols.ts'

type Fields = { readonly [name: string]: unknown }

const OPENAI: ClientKind = {
  name: 'openai',
  protocols: openaiProtocols,
  tested: ['4', '5', '6', '7'],
  options: azureOptions,
  derive: deriveOfMajor4
}

/**
 * A client that records its calls of models (see {@link openaiProtocols}): of the same class and with the same options as
 * `client`, which stays as it is. All of its methods and helpers, and clients made from it by
 * `withOptions`, are audited. Retries of one call are attempts of one record. Wrapping twice for one
 * log is harmless.
 *
 * Throws TypeError when `client` is not a client of the `openai` package, AuditError `bad_option` when `log`
 * is not an audit log.
 */
export function wrapOpenAI<T extends object>(client: T, log: AuditLog): T {
  return wrapClient(client, log, OPENAI)
}

/** What `withOptions` does in later majors; major 4 has none. */
function deriveOfMajor4(client: object, options: object): object | undefined {
  const { _options: own, baseURL } = client as Fields
  if (!isObject(own) || typeof baseURL !== 'string') return undefined
  const { constructor: Class } = client as { readonly constructor: new (options: object) => object }
  return new Class({ ...own, ...options })
}

/** Azure's client gives its own options to no client made from it, before major 7. */
function azureOptions(client: object): object {
  const { apiVersion, deploymentName, _azureADTokenProvider } = client as Fields
  if (typeof apiVersion !== 'string') return {}
  const ofAzure = { apiVersion, deployment: deploymentName }
  if (typeof _azureADTokenProvider !== 'function') return ofAzure
  // `null` keeps a key out of the environment from standing beside the tokens.
  return { ...ofAzure, azureADTokenProvider: _azureADTokenProvider, apiKey: null }
}
