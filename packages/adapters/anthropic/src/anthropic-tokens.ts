import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readUsage,
  workerModule
} from '@slm-audit/core/adapter'
import { readMessageRequest, SETTINGS_IN_HEADERS } from './read-request.ts'

/**
 * Token counting (`POST …/v1/messages/count_tokens`): the count is the usage; nothing is generated.
 *
 * Source: Anthropic API reference, "Count tokens in a Message".
 */
export const anthropicTokens: Protocol = {
  name: 'anthropic.count_tokens',
  matches: ({ pathname }, method) =>
    method === 'POST' &&
    (pathname.endsWith('/v1/messages/count_tokens') ||
      pathname.endsWith('/publishers/anthropic/models/count-tokens:rawPredict')),
  headers: SETTINGS_IN_HEADERS,
  readRequest: (body, url, headers) => readMessageRequest(body, url, 'count_tokens', headers),
  ...nonStreaming(readCount),
  workerModule: workerModule(
    () => anthropicTokens,
    () => import.meta.resolve('@slm-audit/anthropic')
  )
}

function readCount(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const usage = readUsage(value)
  const error = readError(value.error)
  return { output: value, ...(usage && { usage }), ...(error && { error }) }
}
