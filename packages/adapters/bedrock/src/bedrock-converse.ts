import { type CallRequest, isObject, type Protocol, readToolNames } from '@slm-audit/core/adapter'
import { readPath, requestBy } from './bedrock-path.ts'
import { type ConverseFold, finishConverse, startConverse, stepConverse } from './converse-fold.ts'
import { decodeEventStream } from './decode-event-stream.ts'
import { readConverse } from './read-converse.ts'
import { workerModuleOf } from './worker-module.ts'

/** A prompt of Bedrock's prompt management, in place of a model. */
const PROMPT = /^arn:[^:]+:bedrock:[^:]*:[^:]*:prompt\/([^:]+)(?::(.+))?$/

/**
 * Converse and ConverseStream (`POST /model/{id}/converse`, `…/converse-stream`): tools, reasoning
 * with signatures, guardrails, cached tokens, citations.
 *
 * Source: Amazon Bedrock API reference, "Converse" and "ConverseStream".
 */
export const bedrockConverse: Protocol<ConverseFold> = {
  name: 'bedrock.converse',
  matches: (url, method) =>
    method === 'POST' && readPath(url)?.action.startsWith('converse') === true,
  readRequest,
  readResponse: readConverse,
  decode: decodeEventStream,
  start: startConverse,
  step: stepConverse,
  isLast: (_event, name) => name === 'metadata',
  leavesOut: { '/p': 'padding' },
  finish: (fold) => readConverse(finishConverse(fold)),
  // Binary frames hold the JSON's bytes as they are.
  workerModule: workerModuleOf(() => bedrockConverse)
}

function readRequest(body: unknown, url: URL): CallRequest {
  const known = { operation: 'chat', ...requestBy(url) }
  if (!isObject(body)) return { ...known, input: body }
  const { messages, system, promptVariables, toolConfig, ...rest } = body
  const { tools, ...howTools } = isObject(toolConfig) ? toolConfig : {}
  const more = {
    ...(system !== undefined && { system }),
    ...(promptVariables !== undefined && { promptVariables })
  }
  const [, name, version] = PROMPT.exec(known.model ?? '') ?? []
  return {
    ...known,
    input: Object.keys(more).length === 0 ? messages : { ...more, messages },
    settings: { ...rest, ...(Object.keys(howTools).length > 0 && { toolConfig: howTools }) },
    ...(name !== undefined && { prompt: { name, ...(version !== undefined && { version }) } }),
    ...(tools !== undefined && { tools, toolNames: readToolNames(tools) })
  }
}
