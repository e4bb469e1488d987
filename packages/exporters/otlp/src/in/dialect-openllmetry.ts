import { isObject } from '@slm-audit/core/exporter'
import { type Dialect, given } from './dialect.ts'
import { genAiRequest, genAiResponse, toolNames } from './gen-ai-attributes.ts'
import { SeenAttributes } from './seen-attributes.ts'

/** `llm.request.type` of OpenLLMetry, in the conventions' names of operations. */
const OPERATIONS: { readonly [type: string]: string } = {
  chat: 'chat',
  completion: 'text_completion',
  embedding: 'embeddings',
  rerank: 'rerank'
}

/** Attributes of OpenLLMetry alone, in the conventions' names. */
const OWN_NAMES: { readonly [own: string]: string } = {
  'llm.is_streaming': 'gen_ai.request.stream',
  'llm.request.streaming': 'gen_ai.request.stream',
  'llm.top_k': 'gen_ai.request.top_k',
  'llm.frequency_penalty': 'gen_ai.request.frequency_penalty',
  'llm.presence_penalty': 'gen_ai.request.presence_penalty',
  'llm.chat.stop_sequences': 'gen_ai.request.stop_sequences',
  'llm.response.finish_reason': 'gen_ai.response.finish_reasons'
}

/**
 * OpenLLMetry (Traceloop) before it followed the conventions: messages flattened into
 * `gen_ai.prompt.0.content` and `gen_ai.completion.0.content`, tools into `llm.request.functions`.
 * Its newer releases speak OpenTelemetry's dialect.
 */
export const openllmetryDialect: Dialect = {
  source: 'openllmetry',
  kindOf({ attributes }) {
    if (attributes.has('gen_ai.operation.name')) return undefined
    return attributes.text('llm.request.type', 'gen_ai.request.type') === undefined
      ? undefined
      : 'call'
  },
  request({ attributes }) {
    const type = attributes.text('llm.request.type', 'gen_ai.request.type') ?? 'chat'
    const tools = attributes.list('llm.request.functions')
    const request = genAiRequest(ownNames(attributes))
    return {
      ...request,
      operation: OPERATIONS[type] ?? type,
      provider: request.provider.toLowerCase(),
      ...given({
        input: attributes.list('gen_ai.prompt')?.map(toMessage),
        tools,
        toolNames: toolNames(tools)
      })
    }
  },
  response({ attributes }) {
    const choices = attributes.list('gen_ai.completion')
    const reasons = choices
      ?.map((choice) => (isObject(choice) ? choice['finish_reason'] : undefined))
      .filter((reason) => typeof reason === 'string')
    return {
      ...given({ finishReasons: reasons?.length ? reasons : undefined }),
      ...genAiResponse(ownNames(attributes)),
      ...given({ output: choices?.map(toMessage) })
    }
  }
}

/** Content that is JSON, as of several parts, is parsed; a tool call gets the shape of messages. */
function toMessage(message: unknown): unknown {
  if (!isObject(message)) return message
  const { content, tool_calls: calls, ...rest } = message
  const attributes = new SeenAttributes({ content })
  const parsed = attributes.json('content')
  return {
    ...rest,
    ...given({ content: Array.isArray(parsed) ? parsed : content, tool_calls: calls })
  }
}

function ownNames(attributes: SeenAttributes): SeenAttributes {
  const values: { [name: string]: unknown } = {}
  for (const name of attributes.names()) {
    const isList = /^gen_ai\.(prompt|completion)\.\d/.test(name)
    if (!isList) values[OWN_NAMES[name] ?? name] = attributes.get(name)
  }
  return new SeenAttributes(values)
}
