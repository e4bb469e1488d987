import {
  type CallRequest,
  type CallResponse,
  decodeBase64,
  isObject,
  nonStreaming,
  type Protocol,
  readError,
  readUsage
} from '@slm-audit/core/adapter'
import { bedrockConverse } from './bedrock-converse.ts'
import { bedrockInvoke } from './bedrock-invoke.ts'
import { readPath, requestBy } from './bedrock-path.ts'
import { workerModuleOf } from './worker-module.ts'

/**
 * CountTokens (`POST /model/{id}/count-tokens`): the count is the usage; nothing is generated.
 *
 * Source: Amazon Bedrock API reference, "CountTokens".
 */
export const bedrockTokens: Protocol = {
  name: 'bedrock.count_tokens',
  matches: (url, method) => method === 'POST' && readPath(url)?.action === 'count-tokens',
  readRequest(body, url) {
    const { stream: _stream, ...request } = readCounted(isObject(body) ? body.input : body, url)
    return { ...request, operation: 'count_tokens' }
  },
  ...nonStreaming(readCount),
  workerModule: workerModuleOf(() => bedrockTokens)
}

/** What is counted is a request of Converse, or the body of an InvokeModel, as base64. */
function readCounted(input: unknown, url: URL): CallRequest {
  const { converse, invokeModel } = isObject(input) ? input : {}
  if (isObject(converse)) return bedrockConverse.readRequest(converse, url)
  const body = isObject(invokeModel) ? parse(invokeModel.body) : undefined
  if (isObject(body)) return bedrockInvoke.readRequest(body, url)
  return { operation: 'count_tokens', ...requestBy(url), input }
}

function parse(base64: unknown): unknown {
  const bytes = typeof base64 === 'string' ? decodeBase64(base64) : undefined
  try {
    return JSON.parse(new TextDecoder().decode(bytes))
  } catch {
    return undefined
  }
}

function readCount(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const usage = readUsage(value)
  const error = readError(value.error)
  return { output: value, ...(usage && { usage }), ...(error && { error }) }
}
