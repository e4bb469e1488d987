import type { CallRequest } from '@slm-audit/core/adapter'
import { isObject } from '@slm-audit/core/exporter'
import { parsedJson } from '../base/parsed-json.ts'
import { type Dialect, given, type SeenResponse, type SpanView } from './dialect.ts'
import { genAiRequest, genAiResponse, toolNames } from './gen-ai-attributes.ts'

/** `ai.operationId` of spans that are calls of a model; the others lie around them. */
const OPERATIONS: { readonly [operationId: string]: string } = {
  'ai.generateText.doGenerate': 'chat',
  'ai.streamText.doStream': 'chat',
  'ai.generateObject.doGenerate': 'chat',
  'ai.streamObject.doStream': 'chat',
  'ai.embed.doEmbed': 'embeddings',
  'ai.embedMany.doEmbed': 'embeddings',
  'ai.rerank.doRerank': 'rerank'
}

/**
 * The AI SDK's own spans, versions 5 and 6, and 7 through its `LegacyOpenTelemetry`: `ai.*` beside
 * some `gen_ai.*` attributes. Version 7 otherwise speaks OpenTelemetry's dialect.
 */
export const aiSdkDialect: Dialect = {
  source: 'ai-sdk',
  kindOf({ attributes }) {
    const operationId = attributes.text('ai.operationId')
    if (operationId === 'ai.toolCall') return 'tool'
    return operationId !== undefined && operationId in OPERATIONS ? 'call' : undefined
  },
  request(span) {
    return this.kindOf(span) === 'tool' ? toolRequest(span) : callRequest(span)
  },
  response(span) {
    const { attributes } = span
    if (this.kindOf(span) === 'tool')
      return given({ output: attributes.json('ai.toolCall.result') })
    return callResponse(span)
  }
}

function callRequest({ attributes }: SpanView): CallRequest {
  const operationId = attributes.text('ai.operationId') ?? ''
  const tools = attributes.json('ai.prompt.tools')
  const definitions = Array.isArray(tools) ? tools.map(parsedJson) : undefined
  const provider = attributes.text('ai.model.provider', 'gen_ai.system')
  return {
    ...genAiRequest(attributes),
    operation: OPERATIONS[operationId] ?? 'chat',
    stream: /stream/i.test(operationId),
    ...given({
      // `openai.chat` is the provider `openai`, by one of its APIs.
      provider: provider?.split('.')[0],
      model: attributes.text('gen_ai.request.model', 'ai.model.id'),
      conversation: attributes.text(
        'ai.telemetry.metadata.sessionId',
        'ai.telemetry.metadata.conversationId'
      ),
      input:
        attributes.json('ai.prompt.messages', 'ai.prompt', 'ai.value') ??
        valuesOf(attributes.get('ai.values')),
      tools: definitions,
      toolNames: toolNames(definitions)
    })
  }
}

function callResponse({ attributes }: SpanView): SeenResponse {
  const { usage, ...response } = genAiResponse(attributes)
  const counted = given({
    inputTokens: attributes.count(
      'ai.usage.inputTokens',
      'ai.usage.promptTokens',
      'ai.usage.tokens'
    ),
    outputTokens: attributes.count('ai.usage.outputTokens', 'ai.usage.completionTokens'),
    totalTokens: attributes.count('ai.usage.totalTokens'),
    cacheReadTokens: attributes.count(
      'ai.usage.inputTokenDetails.cacheReadTokens',
      'ai.usage.cachedInputTokens'
    ),
    cacheWriteTokens: attributes.count('ai.usage.inputTokenDetails.cacheWriteTokens'),
    reasoningTokens: attributes.count(
      'ai.usage.outputTokenDetails.reasoningTokens',
      'ai.usage.reasoningTokens'
    )
  })
  const all = { ...counted, ...usage }
  const reasoning = attributes.text('ai.response.reasoning')
  return {
    ...response,
    ...given({
      id: response.id ?? attributes.text('ai.response.id'),
      model: response.model ?? attributes.text('ai.response.model'),
      finishReasons: response.finishReasons ?? attributes.texts('ai.response.finishReason'),
      usage: Object.keys(all).length > 0 ? all : undefined,
      output: outputOf(attributes),
      reasoning:
        reasoning === undefined ? undefined : { source: 'ai.response.reasoning', text: reasoning },
      firstChunkMs: attributes.number('ai.response.msToFirstChunk', 'ai.stream.msToFirstChunk')
    })
  }
}

/** The answer as one message: text, object, calls of tools. */
function outputOf(attributes: SpanView['attributes']): unknown {
  const text = attributes.text('ai.response.text') ?? attributes.text('ai.response.object')
  const calls = attributes.json('ai.response.toolCalls')
  const content = [
    ...(text === undefined ? [] : [{ type: 'text', text }]),
    ...(Array.isArray(calls)
      ? calls.map((call) => (isObject(call) ? { type: 'tool-call', ...call } : call))
      : [])
  ]
  if (content.length > 0) return { role: 'assistant', content }
  return attributes.has('ai.response.text') ? { role: 'assistant', content: '' } : undefined
}

function toolRequest({ attributes }: SpanView): CallRequest {
  return {
    kind: 'tool',
    operation: 'execute_tool',
    provider: 'application',
    ...given({
      name: attributes.text('ai.toolCall.name'),
      toolCallId: attributes.text('ai.toolCall.id'),
      input: attributes.json('ai.toolCall.args')
    })
  }
}

function valuesOf(values: unknown): unknown {
  return Array.isArray(values) ? values.map(parsedJson) : undefined
}
