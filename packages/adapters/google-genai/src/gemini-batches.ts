import {
  type CallRequest,
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  pickDetails,
  readError,
  textMember
} from '@slm-audit/core/adapter'
import { readPath, readTarget } from './model-path.ts'
import { workerModuleOf } from './worker-module.ts'

const METHODS = new Set(['batchGenerateContent', 'asyncBatchEmbedContent'])

/**
 * The making of a batch (`POST …/models/{model}:batchGenerateContent`, `:asyncBatchEmbedContent`): its requests,
 * or the file that holds them, are the input, the batch is the output.
 *
 * Source: Gemini API reference, "Batch API".
 */
export const geminiBatches: Protocol = {
  name: 'google.batches',
  matches: (url, method) => method === 'POST' && METHODS.has(readPath(url)?.method ?? ''),
  readRequest,
  ...nonStreaming(readBatch),
  workerModule: workerModuleOf(() => geminiBatches)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const target = readTarget('batch', url)
  const batch = isObject(body) ? body.batch : undefined
  if (!isObject(batch)) return { ...target, input: body }
  const { inputConfig, ...settings } = batch
  const { requests } = isObject(inputConfig) ? inputConfig : {}
  const inline = isObject(requests) ? requests.requests : undefined
  return { ...target, input: inline ?? inputConfig, settings }
}

function readBatch(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const { metadata } = value
  const error = readError(value.error)
  return {
    ...textMember('id', value.name),
    output: value,
    ...pickDetails(isObject(metadata) ? metadata : {}, ['state', 'batchStats']),
    ...(error && { error })
  }
}
