import { anthropicMessages } from '@slm-audit/anthropic'
import { type CallRequest, isObject, type Protocol, readToolNames } from '@slm-audit/core'
import { openaiChat } from '@slm-audit/openai'
import { bedrockConverse } from './bedrock-converse.ts'
import { readPath, requestBy } from './bedrock-path.ts'
import { decodeEventStream } from './decode-event-stream.ts'
import { homeOf } from './home.ts'
import { type InvokeFold, stepInvoke } from './invoke-fold.ts'
import { readCompletion, withMetrics } from './read-completion.ts'

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
  readRequest,
  readResponse: (body) => withMetrics(readerOf(body).readResponse(body), body),
  decode: decodeEventStream,
  start: () => ({ events: [], metrics: undefined }),
  step: stepInvoke,
  finish: ({ family, events, metrics, fold }) => {
    const answer = family ? family.finish(fold) : { output: events }
    return withMetrics(answer, metrics)
  },
  // What a stream says is base64 inside of its frames, so that nothing can be found in it.
  home: homeOf(() => bedrockInvoke, /"bytes"|tool/)
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

function readerOf(body: unknown): Pick<Protocol, 'readResponse'> {
  if (!isObject(body)) return { readResponse: readCompletion }
  if (body.type === 'message') return anthropicMessages
  if (isObject(body.output) && 'message' in body.output) return bedrockConverse
  const [choice] = Array.isArray(body.choices) ? body.choices : []
  if (isObject(choice) && 'message' in choice) return openaiChat
  return { readResponse: readCompletion }
}
