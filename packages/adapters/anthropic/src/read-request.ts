import {
  type CallRequest,
  type HeaderFields,
  isObject,
  providerOf,
  readToolNames
} from '@slm-audit/core/adapter'

/** Headers that say how a request is to be understood. */
export const SETTINGS_IN_HEADERS: readonly string[] = ['anthropic-beta', 'anthropic-version']

/** On Vertex AI the path says the model, and how it is asked. */
const VERTEX = /\/publishers\/anthropic\/models\/([^/:]+):(?:raw|streamRaw)Predict$/

/** Whether a path is that of the Messages API, here or on Vertex AI. */
export function isMessagesPath(path: string): boolean {
  const model = VERTEX.exec(path)?.[1]
  return path.endsWith('/v1/messages') || (model !== undefined && model !== 'count-tokens')
}

/** Reads a request that asks for a message or counts its tokens. */
export function readMessageRequest(
  body: unknown,
  url: URL,
  operation: string,
  headers: HeaderFields = {}
): CallRequest {
  const provider = providerOf(url, 'anthropic-compatible')
  if (!isObject(body)) return { operation, provider, input: body }
  const { model: named, system, messages, stream, tools, fallback_credit_token: _t, ...rest } = body
  const settings = { ...rest, ...headers }
  const model = named ?? VERTEX.exec(url.pathname)?.[1]
  return {
    operation,
    provider,
    input: system === undefined ? messages : { system, messages },
    settings,
    ...(typeof model === 'string' && { model }),
    ...(typeof stream === 'boolean' && { stream }),
    ...(tools !== undefined && { tools, toolNames: readToolNames(tools) })
  }
}
