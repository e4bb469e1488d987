import { anthropicMessages } from '@slm-audit/anthropic'
import {
  type CallRequest,
  type HeaderFields,
  isObject,
  type Protocol,
  readToolNames
} from '@slm-audit/core/adapter'
import { openaiChat } from '@slm-audit/openai'
import { bedrockConverse } from './bedrock-converse.ts'
import { readPath, requestBy } from './bedrock-path.ts'
import { decodeEventStream } from './decode-event-stream.ts'
import { type InvokeFold, stepInvoke } from './invoke-fold.ts'
import { METRICS, readCompletion, withMetrics } from './read-completion.ts'
import { workerModuleOf } from './worker-module.ts'

type Fields = { readonly [name: string]: unknown }

/** Members that are what a model of some family is asked, where there are no messages. */
const INPUTS = [
  'prompt',
  'inputText',
  'inputImage',
  'texts',
  'images',
  'input',
  'message',
  'chat_history',
  'preamble',
  'documents',
  'tool_results',
  'query',
  'inputs',
  'text_prompts',
  'negative_prompt',
  'init_image',
  'mediaSource'
]

/** Headers that are settings of a call, and what Bedrock counts in headers of the answer. */
const SETTINGS = [
  'x-amzn-bedrock-guardrailidentifier',
  'x-amzn-bedrock-guardrailversion',
  'x-amzn-bedrock-trace',
  'x-amzn-bedrock-performanceconfig-latency',
  'x-amzn-bedrock-request-metadata',
  'x-amzn-bedrock-service-tier'
]
const COUNTS: { readonly [header: string]: string } = {
  'x-amzn-bedrock-input-token-count': 'inputTokenCount',
  'x-amzn-bedrock-output-token-count': 'outputTokenCount',
  'x-amzn-bedrock-cache-read-input-token-count': 'cacheReadInputTokenCount',
  'x-amzn-bedrock-cache-write-input-token-count': 'cacheWriteInputTokenCount',
  'x-amzn-bedrock-invocation-latency': 'invocationLatency'
}

/**
 * InvokeModel and InvokeModelWithResponseStream (`POST /model/{id}/invoke`, `…/invoke-with-response-stream`):
 * bodies are the models' own, and told apart by their shape. Anthropic's messages, chats in OpenAI's
 * format (also Mistral's), Nova's, and completions of Titan, Llama, Mistral and Cohere are read;
 * of others, the answer is kept as it is.
 *
 * Source: Amazon Bedrock user guide, "Inference request parameters and response fields".
 */
export const bedrockInvoke: Protocol<InvokeFold> = {
  name: 'bedrock.invoke',
  matches: (url, method) =>
    method === 'POST' && readPath(url)?.action.startsWith('invoke') === true,
  headers: [...SETTINGS, ...Object.keys(COUNTS)],
  readRequest(body, url, headers) {
    const request = readRequest(body, url)
    const said = Object.entries(headers ?? {}).filter(([name]) => SETTINGS.includes(name))
    return said.length === 0
      ? request
      : { ...request, settings: { ...request.settings, ...Object.fromEntries(said) } }
  },
  readResponse: (body, _type, headers) =>
    withMetrics(readerOf(body).readResponse(body), measured(body, headers)),
  decode: decodeEventStream,
  start: () => ({ events: [], metrics: undefined }),
  step: stepInvoke,
  finish: ({ family, events, metrics, fold }) => {
    const answer = family ? family.finish(fold) : { output: events }
    return withMetrics(answer, metrics)
  },
  // What a stream says is base64 inside of its frames, so that nothing can be found in it.
  workerModule: workerModuleOf(() => bedrockInvoke)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const known = requestBy(url)
  const isEmbedding = /embed/.test(known.model ?? '')
  if (!isObject(body))
    return { operation: isEmbedding ? 'embeddings' : 'chat', ...known, input: body }
  if (isObject(body.inferenceConfig) || isObject(body.toolConfig)) {
    return bedrockConverse.readRequest(body, url)
  }
  if (Array.isArray(body.messages)) {
    return { ...anthropicMessages.readRequest(body, url), ...known }
  }
  const { tools, ...members } = body
  const operation = isEmbedding
    ? 'embeddings'
    : typeof body.taskType === 'string'
      ? 'image_generation'
      : 'text_completion'
  return {
    operation,
    ...known,
    ...inputOf(members),
    ...(tools !== undefined && { tools, toolNames: readToolNames(tools) })
  }
}

/** Of a body in no known shape all is input: it may hold what people wrote anywhere. */
function inputOf(body: Fields): Pick<CallRequest, 'input' | 'settings'> {
  const members = Object.entries(body)
  const input = members.filter(([name]) => INPUTS.includes(name))
  const [only] = input
  if (only === undefined) return { input: body }
  return {
    input: input.length === 1 ? only[1] : Object.fromEntries(input),
    settings: Object.fromEntries(members.filter(([name]) => !INPUTS.includes(name)))
  }
}

/** What the headers count, in the words that a stream's last event has for it. */
function measured(body: unknown, headers: HeaderFields = {}): unknown {
  const counts = Object.entries(COUNTS).flatMap(([header, name]) => {
    const value = headers[header]
    return value === undefined || !/^\d+$/.test(value) ? [] : [[name, Number(value)] as const]
  })
  return counts.length === 0 ? body : { [METRICS]: Object.fromEntries(counts) }
}

function readerOf(body: unknown): Pick<Protocol, 'readResponse'> {
  if (!isObject(body)) return { readResponse: readCompletion }
  if (body.type === 'message') return anthropicMessages
  if (isObject(body.output) && 'message' in body.output) return bedrockConverse
  const [choice] = Array.isArray(body.choices) ? body.choices : []
  if (isObject(choice) && 'message' in choice) return openaiChat
  return { readResponse: readCompletion }
}
