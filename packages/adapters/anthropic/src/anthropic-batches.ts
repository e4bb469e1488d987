import {
  type CallResponse,
  isObject,
  nonStreaming,
  type Protocol,
  pickDetails,
  providerOf,
  readError,
  readReasoning,
  readToolCalls,
  textMember,
  workerModule
} from '@slm-audit/core/adapter'

const RESULTS = /\/v1\/messages\/batches\/([^/]+)\/results$/
const DETAILS = ['processing_status', 'request_counts', 'created_at', 'expires_at']

/**
 * The making of a message batch (`POST …/v1/messages/batches`): its requests are the input, the
 * batch is the output. The answers come with {@link anthropicBatchResults}.
 *
 * Source: Anthropic API reference, "Create a Message Batch".
 */
export const anthropicBatches: Protocol = {
  name: 'anthropic.batches',
  matches: (url, method) => method === 'POST' && url.pathname.endsWith('/v1/messages/batches'),
  readRequest(body, url) {
    const provider = providerOf(url, 'anthropic-compatible')
    if (!isObject(body)) return { operation: 'batch', provider, input: body }
    const { requests, ...settings } = body
    return { operation: 'batch', provider, input: requests, settings, ...modelOf(requests) }
  },
  ...nonStreaming(readBatch),
  workerModule: workerModule(
    () => anthropicBatches,
    () => import.meta.resolve('@slm-audit/anthropic')
  )
}

/**
 * The results of a message batch (`GET …/v1/messages/batches/{id}/results`), lines of JSON: one
 * record with all results as they came, because one request fetched them; `custom_id` joins each
 * to its prompt in the batch's record. Token counts stay in the results: they are not sums of ours.
 *
 * Source: Anthropic API reference, "Retrieve Message Batch results".
 */
export const anthropicBatchResults: Protocol<unknown[]> = {
  name: 'anthropic.batch_results',
  framing: 'ndjson',
  matches: (url, method) => method === 'GET' && RESULTS.test(url.pathname),
  readRequest: (_body, url) => ({
    operation: 'batch_results',
    provider: providerOf(url, 'anthropic-compatible'),
    settings: { message_batch_id: RESULTS.exec(url.pathname)?.[1] }
  }),
  readResponse: (body) => readResults([body]),
  start: () => [],
  step(lines, event) {
    lines.push(event)
    return lines
  },
  finish: readResults,
  workerModule: workerModule(
    () => anthropicBatchResults,
    () => import.meta.resolve('@slm-audit/anthropic')
  )
}

/** The model, where all requests name the same. */
function modelOf(requests: unknown): { model?: string } {
  const models = (Array.isArray(requests) ? requests : []).map((request) =>
    isObject(request) && isObject(request.params) ? request.params.model : undefined
  )
  return textMember('model', new Set(models).size === 1 ? models[0] : undefined)
}

function readBatch(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const error = readError(value.error)
  return {
    ...textMember('id', value.id),
    output: value,
    ...pickDetails(value, DETAILS),
    ...(error && { error })
  }
}

function readResults(lines: readonly unknown[]): CallResponse {
  const messages = lines.flatMap((line) => {
    const result = isObject(line) ? line.result : undefined
    return isObject(result) && isObject(result.message) ? [result.message] : []
  })
  const reasoning = readReasoning(messages)
  return {
    output: lines,
    finishReasons: messages.flatMap(({ stop_reason: reason }) =>
      typeof reason === 'string' ? [reason] : []
    ),
    toolCalls: messages.flatMap(({ content }) => readToolCalls(content)),
    ...(reasoning && { reasoning })
  }
}
