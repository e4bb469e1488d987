import type { CallRequest } from '@slm-audit/core/adapter'
import { isObject } from '@slm-audit/core/exporter'
import { CONTENT, RENAMED } from '../base/semconv.ts'
import { given, type SeenResponse } from './dialect.ts'
import { SeenAttributes } from './seen-attributes.ts'

/** `gen_ai.*` attributes under their newest names. */
function newestNames(attributes: SeenAttributes): SeenAttributes {
  const values: { [name: string]: unknown } = {}
  for (const name of attributes.names()) {
    const newest = RENAMED[name]
    if (newest === undefined) values[name] = attributes.get(name)
    else if (newest !== null && !attributes.has(newest)) values[newest] = attributes.get(name)
  }
  return new SeenAttributes(values)
}

const SETTING = /^gen_ai\.request\.(?!model$|stream$)(.+)$/

/** What the attributes of the GenAI conventions, old or new, say of a request. */
export function genAiRequest(attributes: SeenAttributes): CallRequest {
  const newest = newestNames(attributes)
  const settings: { [name: string]: unknown } = {}
  for (const name of newest.names()) {
    const [, setting] = SETTING.exec(name) ?? []
    if (setting !== undefined) settings[setting] = newest.get(name)
  }
  const address = newest.text('server.address')
  const port = newest.count('server.port')
  const prompt = newest.text('gen_ai.prompt.name')
  const tools = newest.json(CONTENT.tools)
  return {
    operation: newest.text('gen_ai.operation.name') ?? 'chat',
    provider: newest.text('gen_ai.provider.name') ?? 'unknown',
    ...given({
      model: newest.text('gen_ai.request.model'),
      stream: newest.boolean('gen_ai.request.stream'),
      settings: Object.keys(settings).length > 0 ? settings : undefined,
      conversation: newest.text('gen_ai.conversation.id'),
      endpoint: address === undefined ? undefined : { address, ...given({ port }) },
      prompt:
        prompt === undefined
          ? undefined
          : { name: prompt, ...given({ version: newest.text('gen_ai.prompt.version') }) },
      input: inputOf(newest),
      tools,
      toolNames: toolNames(tools)
    })
  }
}

/** What they say of an answer. */
export function genAiResponse(attributes: SeenAttributes): SeenResponse {
  const newest = newestNames(attributes)
  const usage = given({
    inputTokens: newest.count('gen_ai.usage.input_tokens'),
    outputTokens: newest.count('gen_ai.usage.output_tokens'),
    totalTokens: newest.count('gen_ai.usage.total_tokens', 'llm.usage.total_tokens'),
    cacheReadTokens: newest.count('gen_ai.usage.cache_read.input_tokens'),
    cacheWriteTokens: newest.count('gen_ai.usage.cache_write.input_tokens'),
    reasoningTokens: newest.count(
      'gen_ai.usage.reasoning.output_tokens',
      'gen_ai.usage.reasoning_tokens'
    ),
    audioInputTokens: newest.count('gen_ai.usage.audio.input_tokens'),
    audioOutputTokens: newest.count('gen_ai.usage.audio.output_tokens')
  })
  return given({
    id: newest.text('gen_ai.response.id'),
    model: newest.text('gen_ai.response.model'),
    finishReasons: newest.texts('gen_ai.response.finish_reasons'),
    usage: Object.keys(usage).length > 0 ? usage : undefined,
    output: newest.json(CONTENT.output),
    firstChunkMs: milliseconds(newest.number('gen_ai.response.time_to_first_chunk'))
  })
}

/** The arguments and the result of a tool's run. */
export function genAiTool(attributes: SeenAttributes): {
  readonly request: CallRequest
  readonly response: SeenResponse
} {
  const newest = newestNames(attributes)
  return {
    request: {
      kind: 'tool',
      operation: 'execute_tool',
      provider: newest.text('gen_ai.provider.name') ?? 'application',
      ...given({
        name: newest.text('gen_ai.tool.name'),
        toolCallId: newest.text('gen_ai.tool.call.id'),
        input: newest.json(CONTENT.toolArguments)
      })
    },
    response: given({ output: newest.json(CONTENT.toolResult) })
  }
}

/** What was looked for, and the documents that were found. */
export function genAiRetrieval(attributes: SeenAttributes): {
  readonly request: CallRequest
  readonly response: SeenResponse
} {
  const newest = newestNames(attributes)
  const topK = newest.count('gen_ai.retrieval.top_k', 'gen_ai.request.top_k')
  return {
    request: {
      kind: 'step',
      operation: 'retrieval',
      provider: newest.text('gen_ai.provider.name') ?? 'application',
      ...given({
        name: newest.text('gen_ai.data_source.id'),
        model: newest.text('gen_ai.request.model'),
        input: newest.text(CONTENT.query),
        settings: topK === undefined ? undefined : { top_k: topK }
      })
    },
    response: given({ output: newest.json(CONTENT.documents) })
  }
}

/** Names of the tools that were offered. */
export function toolNames(tools: unknown): string[] | undefined {
  if (!Array.isArray(tools)) return undefined
  const names = tools.map((tool) => {
    const definition = isObject(tool) && isObject(tool['function']) ? tool['function'] : tool
    return isObject(definition) ? definition['name'] : undefined
  })
  const known = names.filter((name) => typeof name === 'string')
  return known.length > 0 ? known : undefined
}

function inputOf(attributes: SeenAttributes): unknown {
  const messages = attributes.json(CONTENT.input)
  const instructions = attributes.json(CONTENT.instructions)
  if (instructions === undefined) return messages
  return { instructions, ...given({ messages }) }
}

function milliseconds(seconds: number | undefined): number | undefined {
  return seconds === undefined ? undefined : seconds * 1000
}
