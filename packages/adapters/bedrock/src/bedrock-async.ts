import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  providerOf,
  readError,
  textMember
} from '@slm-audit/core/adapter'
import { workerModuleOf } from './worker-module.ts'

/**
 * StartAsyncInvoke (`POST /async-invoke`): what a model is asked to make later, such as a video. The answer
 * names the invocation, whose result goes to the caller's own storage.
 *
 * Source: Amazon Bedrock API reference, "StartAsyncInvoke".
 */
export const bedrockAsync: Protocol = {
  name: 'bedrock.async_invoke',
  matches: ({ pathname }, method) => method === 'POST' && pathname.endsWith('/async-invoke'),
  readRequest(body, url) {
    const known = { operation: 'async_invoke', provider: providerOf(url, 'aws.bedrock') }
    if (!isObject(body)) return { ...known, input: body }
    const { modelId, modelInput, clientRequestToken: _token, ...settings } = body
    return { ...known, ...textMember('model', modelId), input: modelInput, settings }
  },
  ...nonStreaming(readStarted),
  workerModule: workerModuleOf(() => bedrockAsync)
}

function readStarted(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const error = readError(value.error)
  return { ...textMember('id', value.invocationArn), output: value, ...(error && { error }) }
}
