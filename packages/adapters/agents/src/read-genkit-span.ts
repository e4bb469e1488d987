import {
  type CallRequest,
  type CallResponse,
  isObject,
  readReasoning,
  readToolCalls,
  readToolNames,
  readUsage,
  withRest
} from '@slm-audit/core/adapter'
import { errorFrom, type Fields, fieldsOf, parsed, textOf } from './fields.ts'
import type { SeenSpan, SpanEnd } from './span-tree.ts'

/** A span of Genkit, as OpenTelemetry's SDKs give it. */
export interface GenkitSpan {
  /** Name of the action. */
  readonly name: string
  /** What Genkit writes into the span: `genkit:…`. */
  readonly attributes: { readonly [name: string]: unknown }
  /** How it ended: code 2 says that it failed. */
  readonly status: { readonly code: number; readonly message?: string | undefined }
  /** SDK 2 and newer. */
  readonly parentSpanContext?: { readonly spanId: string } | undefined
  /** SDK 1. */
  readonly parentSpanId?: string | undefined
  /** Ids of the span. */
  spanContext(): { readonly spanId: string }
}

const PROVIDER = 'genkit'
const ERROR = 2

/** Attributes that say what an action is and what it was given. */
const ASKED = /^genkit:(type|name|path|input|metadata:subtype|metadata:context|isRoot|state)$/

/** Actions that are calls of a model, by their kind. */
const MODELS: { readonly [kind: string]: string } = { model: 'chat', embedder: 'embeddings' }

/** Reads a span that starts; `undefined` for one that is not Genkit's. */
export function readGenkitSpan({ name, attributes }: GenkitSpan): SeenSpan | undefined {
  const { 'genkit:type': type, 'genkit:metadata:subtype': kind } = attributes
  if (type === undefined) return undefined
  if (String(kind) in MODELS) return { as: 'model' }
  const isTool = kind === 'tool' || kind === 'tool.v2'
  const request: CallRequest = {
    kind: isTool ? 'tool' : 'step',
    operation: isTool ? 'execute_tool' : operationOf(kind),
    provider: PROVIDER,
    name
  }
  return { as: 'record', request }
}

/** Reads a span that ended: what was given to it is told only now. */
export function readGenkitEnd({ name, attributes, status }: GenkitSpan): SpanEnd {
  const input = parsed(attributes['genkit:input'])
  const output = parsed(attributes['genkit:output'])
  const operation = MODELS[String(attributes['genkit:metadata:subtype'])]
  const error =
    status.code === ERROR ? errorFrom({ message: status.message ?? 'failed' }) : undefined
  const response = (): CallResponse => ({
    ...(output !== undefined && { output }),
    ...(input !== undefined && { rest: { input } })
  })
  const told = Object.fromEntries(
    Object.entries(attributes).filter(([name]) => !ASKED.test(name) && name !== 'genkit:output')
  )
  return {
    ...(error && { error }),
    response: () =>
      withRest(operation === undefined ? response() : answerOf(output), [output, told]),
    ...(operation !== undefined && { request: () => askedOf(name, operation, input) })
  }
}

function operationOf(kind: unknown): string {
  if (kind === 'retriever') return 'retrieval'
  return kind === 'agent' || kind === 'session-flow' ? 'invoke_agent' : 'invoke_workflow'
}

/** A model is named with its plugin: `googleai/gemini-2.5-flash`. */
function askedOf(name: string, operation: string, input: unknown): CallRequest {
  const [plugin, ...rest] = name.split('/')
  const { messages, config, tools, documents } = fieldsOf(input)
  return {
    operation,
    provider: rest.length > 0 ? (plugin ?? PROVIDER) : PROVIDER,
    protocol: 'genkit.tracing',
    model: rest.length > 0 ? rest.join('/') : name,
    input: messages ?? documents ?? input,
    settings: fieldsOf(config),
    ...(Array.isArray(tools) && tools.length > 0 && { tools, toolNames: readToolNames(tools) })
  }
}

function answerOf(output: unknown): CallResponse {
  const { message, finishReason, usage: counted }: Fields = fieldsOf(output)
  const { content } = fieldsOf(message)
  const parts = Array.isArray(content) ? content.filter(isObject) : []
  const asked = parts.flatMap(({ toolRequest: call }) =>
    isObject(call) ? [{ type: 'tool_call', id: call.ref, name: call.name }] : []
  )
  const usage = readUsage(counted)
  const reasoning = readReasoning([message])
  const reason = textOf(finishReason)
  return {
    ...(output !== undefined && { output: message ?? output }),
    ...(reason !== undefined && { finishReasons: [reason] }),
    toolCalls: readToolCalls(asked),
    ...(usage && { usage }),
    ...(reasoning && { reasoning })
  }
}
