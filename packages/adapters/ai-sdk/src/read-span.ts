import { type CallRequest, type CallResponse, isObject } from '@slm-audit/core/adapter'
import { readStep, readStepOutput } from './read-step.ts'

/** Attributes of a span, or its texts as the SDK serialised them. */
export type Attributes = { readonly [name: string]: unknown }

/** How a span becomes a record. */
export interface SpanKind {
  request(attributes: Attributes): CallRequest
  response(attributes: Attributes): CallResponse
  /** Whether a span that ended with these did not come to its result. */
  isUnfinished(attributes: Attributes): boolean
  /** Whether the span stays open when the model's stream breaks off. */
  readonly endsWithStream: boolean
}

/** Operations of the SDK; what they call below them are spans with longer names. */
const TOP = /^ai\.(generateText|streamText|generateObject|streamObject|embed|embedMany)$/
const FINISH = 'ai.response.finishReason'
const SETTINGS = 'ai.settings.'
const METADATA = 'ai.telemetry.metadata.'

/** The span of a tool's run. */
export const readToolSpan: SpanKind = {
  request: (attributes) => ({
    kind: 'tool',
    operation: 'execute_tool',
    provider: 'application',
    name: String(attributes['ai.toolCall.name']),
    toolCallId: String(attributes['ai.toolCall.id']),
    input: parse(attributes['ai.toolCall.args'])
  }),
  response: (attributes) => ({ output: parse(attributes['ai.toolCall.result']) }),
  isUnfinished: () => false,
  endsWithStream: false
}

/** The span of an operation; `undefined` for spans of other names. */
export function readTopSpan(name: string): SpanKind | undefined {
  if (!TOP.test(name)) return undefined
  return {
    request: (attributes) => requestOf(name, attributes),
    response: responseOf,
    isUnfinished: (attributes) => name === 'ai.streamText' && !(FINISH in attributes),
    endsWithStream: name === 'ai.streamObject'
  }
}

function requestOf(operationId: string, attributes: Attributes): CallRequest {
  const metadata = startingWith(METADATA, attributes)
  const asked = parse(attributes['ai.prompt'])
  return readStep({
    operationId,
    functionId: attributes['ai.telemetry.functionId'],
    provider: attributes['ai.model.provider'],
    modelId: attributes['ai.model.id'],
    value: parse(attributes['ai.value']) ?? parseAll(attributes['ai.values']),
    ...(isObject(asked) && asked),
    ...startingWith(SETTINGS, attributes),
    ...(Object.keys(metadata).length > 0 && { metadata })
  })
}

function responseOf(attributes: Attributes): CallResponse {
  return readStepOutput({
    object: parse(attributes['ai.response.object']),
    text: attributes['ai.response.text'] ?? ''
  })
}

function startingWith(prefix: string, attributes: Attributes): Attributes {
  const found = Object.entries(attributes).filter(([name]) => name.startsWith(prefix))
  return Object.fromEntries(found.map(([name, value]) => [name.slice(prefix.length), value]))
}

function parseAll(values: unknown): unknown {
  return Array.isArray(values) ? values.map(parse) : undefined
}

/** What the SDK serialised; text that is not JSON stays as it is. */
function parse(text: unknown): unknown {
  if (typeof text !== 'string') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}
