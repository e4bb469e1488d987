import { type Dialect, given, type SpanView } from './dialect.ts'
import { genAiRequest, genAiResponse, genAiRetrieval, genAiTool } from './gen-ai-attributes.ts'

/** Operations that are calls of a model; agents, workflows and plans are made of them. */
const CALLS: readonly (string | undefined)[] = [
  'chat',
  'text_completion',
  'generate_content',
  'embeddings',
  'rerank',
  'image_generation',
  'image_edit',
  'image_variation'
]

/**
 * OpenTelemetry's own conventions, newest and older: instrumentations of OpenTelemetry, AI SDK 7, and
 * everybody who follows them. Older ones put messages into events of the span.
 */
export const otelDialect: Dialect = {
  source: 'opentelemetry',
  kindOf({ attributes }) {
    const operation = attributes.text('gen_ai.operation.name')
    if (operation === 'execute_tool') return 'tool'
    if (operation === 'retrieval') return 'step'
    return CALLS.includes(operation) ? 'call' : undefined
  },
  request(span) {
    const kind = this.kindOf(span)
    if (kind === 'tool') return genAiTool(span.attributes).request
    if (kind === 'step') return genAiRetrieval(span.attributes).request
    const request = genAiRequest(span.attributes)
    return { ...given({ input: inputEvents(span) }), ...request }
  },
  response(span) {
    const kind = this.kindOf(span)
    if (kind === 'tool') return genAiTool(span.attributes).response
    if (kind === 'step') return genAiRetrieval(span.attributes).response
    return { ...given({ output: outputEvents(span) }), ...genAiResponse(span.attributes) }
  }
}

const ROLES: { readonly [event: string]: string } = {
  'gen_ai.system.message': 'system',
  'gen_ai.user.message': 'user',
  'gen_ai.assistant.message': 'assistant',
  'gen_ai.tool.message': 'tool'
}

/** Messages in events, one an event (1.28 to 1.36), or all in one (before). */
function inputEvents({ events }: SpanView): unknown {
  const messages = events.flatMap(({ name, attributes }) => {
    const role = ROLES[name]
    if (role === undefined) return []
    const content = attributes.json('content', 'gen_ai.event.content')
    return [{ role, ...given({ content, tool_calls: attributes.json('tool_calls') }) }]
  })
  if (messages.length > 0) return messages
  return events
    .find(({ name }) => name === 'gen_ai.content.prompt')
    ?.attributes.json('gen_ai.prompt')
}

function outputEvents({ events }: SpanView): unknown {
  const choices = events
    .filter(({ name }) => name === 'gen_ai.choice')
    .map(({ attributes }) =>
      given({
        message: attributes.json('message', 'gen_ai.event.content'),
        finish_reason: attributes.text('finish_reason'),
        index: attributes.count('index')
      })
    )
  if (choices.length > 0) return choices
  return events
    .find(({ name }) => name === 'gen_ai.content.completion')
    ?.attributes.json('gen_ai.completion')
}
