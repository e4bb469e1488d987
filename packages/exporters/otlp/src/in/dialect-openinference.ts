import type { CallRequest } from '@slm-audit/core/adapter'
import { isObject } from '@slm-audit/core/exporter'
import { parsedJson } from '../base/parsed-json.ts'
import { type Dialect, given, type SpanView } from './dialect.ts'
import { toolNames } from './gen-ai-attributes.ts'

/** `openinference.span.kind` of calls, in the conventions' names of operations. */
const OPERATIONS: { readonly [kind: string]: string } = {
  LLM: 'chat',
  EMBEDDING: 'embeddings',
  RERANKER: 'rerank'
}

/** Members of `llm.invocation_parameters` that are not settings. */
const NOT_SETTINGS: readonly string[] = ['model', 'messages', 'input', 'prompt', 'tools', 'stream']

/**
 * OpenInference (Arize Phoenix): `llm.*` attributes, messages flattened into
 * `llm.input_messages.0.message.content`. Chains, agents and retrievers are spans around calls.
 */
export const openinferenceDialect: Dialect = {
  source: 'openinference',
  kindOf({ attributes }) {
    const kind = attributes.text('openinference.span.kind')
    if (kind === 'TOOL') return 'tool'
    return kind !== undefined && kind in OPERATIONS ? 'call' : undefined
  },
  request(span) {
    return this.kindOf(span) === 'tool' ? toolRequest(span) : callRequest(span)
  },
  response({ attributes }) {
    const output = messagesOf(attributes.list('llm.output_messages'))
    const usage = given({
      inputTokens: attributes.count('llm.token_count.prompt'),
      outputTokens: attributes.count('llm.token_count.completion'),
      totalTokens: attributes.count('llm.token_count.total'),
      cacheReadTokens: attributes.count('llm.token_count.prompt_details.cache_read'),
      cacheWriteTokens: attributes.count('llm.token_count.prompt_details.cache_write'),
      audioInputTokens: attributes.count('llm.token_count.prompt_details.audio'),
      reasoningTokens: attributes.count('llm.token_count.completion_details.reasoning'),
      audioOutputTokens: attributes.count('llm.token_count.completion_details.audio')
    })
    const answer = attributes.json('output.value')
    const id = isObject(answer) ? answer['id'] : undefined
    const model = isObject(answer) ? answer['model'] : undefined
    return given({
      id: typeof id === 'string' ? id : undefined,
      model: typeof model === 'string' ? model : undefined,
      finishReasons: attributes.texts('llm.finish_reason'),
      usage: Object.keys(usage).length > 0 ? usage : undefined,
      output: output ?? answer
    })
  }
}

function callRequest({ attributes }: SpanView): CallRequest {
  const sent = attributes.json('llm.invocation_parameters')
  const settings = isObject(sent)
    ? Object.fromEntries(Object.entries(sent).filter(([name]) => !NOT_SETTINGS.includes(name)))
    : {}
  const kind = attributes.text('openinference.span.kind') ?? 'LLM'
  const tools = attributes
    .list('llm.tools')
    ?.map((each) => (isObject(each) && isObject(each['tool']) ? each['tool'] : each))
    .map((tool) => (isObject(tool) ? parsedJson(tool['json_schema']) : tool))
  const stream = isObject(sent) ? sent['stream'] : undefined
  return {
    operation: attributes.has('llm.prompts.0.prompt.text')
      ? 'text_completion'
      : (OPERATIONS[kind] ?? 'chat'),
    provider: attributes.text('llm.provider', 'llm.system') ?? 'unknown',
    ...given({
      model: attributes.text(
        'llm.request.model_name',
        'llm.model_name',
        'embedding.model_name',
        'reranker.model_name'
      ),
      stream: typeof stream === 'boolean' ? stream : undefined,
      settings: Object.keys(settings).length > 0 ? settings : undefined,
      conversation: attributes.text('session.id'),
      input: messagesOf(attributes.list('llm.input_messages')) ?? attributes.json('input.value'),
      tools,
      toolNames: toolNames(tools)
    })
  }
}

function toolRequest({ name, attributes }: SpanView): CallRequest {
  return {
    kind: 'tool',
    operation: 'execute_tool',
    provider: 'application',
    name: attributes.text('tool.name') ?? name,
    ...given({ input: attributes.json('tool.parameters', 'input.value') })
  }
}

/** Messages without the wrappings of their names: `{ message: { role, content } }` and below. */
function messagesOf(list: readonly unknown[] | undefined): unknown[] | undefined {
  return list?.map((item) => {
    if (!isObject(item) || !isObject(item['message'])) return item
    const { contents, tool_calls: calls, content, ...message } = item['message']
    const parts = Array.isArray(contents) ? contents.map(partOf) : undefined
    const toolCalls = Array.isArray(calls)
      ? calls.map((call) =>
          isObject(call) && isObject(call['tool_call']) ? call['tool_call'] : call
        )
      : undefined
    return { ...message, ...given({ content: parts ?? content, tool_calls: toolCalls }) }
  })
}

function partOf(part: unknown): unknown {
  if (!isObject(part) || !isObject(part['message_content'])) return part
  const { type, image, ...content } = part['message_content']
  const url = isObject(image) && isObject(image['image']) ? image['image']['url'] : undefined
  return url === undefined ? { type, ...content } : { type: 'image_url', image_url: { url } }
}
