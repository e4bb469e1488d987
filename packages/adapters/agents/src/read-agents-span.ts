import {
  type CallRequest,
  type CallResponse,
  readReasoning,
  readToolCalls,
  readUsage,
  textMember,
  withRest
} from '@slm-audit/core/adapter'
import { errorFrom, type Fields, fieldsOf, parsed, textOf } from './fields.ts'
import type { SeenSpan, SpanEnd } from './span-tree.ts'

/** A span of the OpenAI Agents SDK, as far as it is read. */
export interface AgentsSpan {
  /** Id of the span. */
  readonly spanId: string
  /** Id of its trace. */
  readonly traceId: string
  /** Id of the span around it; `null` at the root. */
  readonly parentId: string | null
  /** What the span stands for, and what it tells so far. */
  readonly spanData: object
  /** Why it failed; `null` where it did not. */
  readonly error: unknown
}

const PROVIDER = 'openai-agents'

/** Steps by the type of their span: what they are called in a record. */
const STEPS: { readonly [type: string]: string } = {
  task: 'invoke_workflow',
  agent: 'invoke_agent',
  handoff: 'handoff',
  guardrail: 'guardrail',
  custom: 'invoke_workflow',
  mcp_tools: 'tools/list',
  speech_group: 'invoke_workflow'
}

/** Models' calls by the type of their span. */
const MODELS: { readonly [type: string]: string } = {
  response: 'chat',
  generation: 'chat',
  transcription: 'transcription',
  speech: 'speech'
}

/** What of a span's data is asked, not answered. */
const ASKED = {
  structure: ['name', 'input', '_input', 'tools', 'server', 'model', 'model_config', 'data'].map(
    (name) => `/${name}`
  )
}

/** Reads a span that starts; `groupId` is its trace's, which ties the runs of a conversation. */
export function readAgentsSpan(span: AgentsSpan, groupId: unknown): SeenSpan {
  const { type } = fieldsOf(span.spanData)
  if (String(type) in MODELS) return { as: 'model' }
  if (type === 'function') return { as: 'record', request: () => toolOf(fieldsOf(span.spanData)) }
  const operation = STEPS[String(type)]
  if (operation === undefined) return { as: 'nothing' }
  const conversation = textOf(groupId)
  const request = () => ({
    ...stepOf(fieldsOf(span.spanData), operation),
    ...(conversation !== undefined && { conversation })
  })
  return { as: 'record', request }
}

/** Reads a span that ended. */
export function readAgentsEnd({ spanData, error }: AgentsSpan): SpanEnd {
  const data = fieldsOf(spanData)
  const failed = errorFrom(error)
  const operation = MODELS[String(data.type)]
  return {
    ...(failed && { error: failed }),
    response: () =>
      withRest(operation === undefined ? resultOf(data) : answerOf(data), [data], ASKED),
    ...(operation !== undefined && { request: () => askedOf(data, operation) })
  }
}

function stepOf(data: Fields, operation: string): CallRequest {
  const { name, from_agent: from, server, type, tools } = data
  const offered = Array.isArray(tools) ? tools.filter((tool) => typeof tool === 'string') : []
  return {
    kind: 'step',
    operation,
    provider: PROVIDER,
    name: textOf(name) ?? textOf(from) ?? textOf(server) ?? String(type),
    ...(offered.length > 0 && { toolNames: offered }),
    ...(type === 'custom' && { input: data.data })
  }
}

function toolOf({ name, input }: Fields): CallRequest {
  return {
    kind: 'tool',
    operation: 'execute_tool',
    provider: PROVIDER,
    name: String(name),
    ...(textOf(input) !== undefined && { input: parsed(input) })
  }
}

/** What came of a step or a tool. */
function resultOf(data: Fields): CallResponse {
  const { type, output, triggered, from_agent: from, to_agent: to, result } = data
  if (type === 'function') return { output: parsed(output) }
  if (type === 'handoff') return { output: { from, to } }
  if (type === 'guardrail') return { output: { triggered } }
  return result === undefined ? {} : { output: result }
}

function askedOf(data: Fields, operation: string): CallRequest {
  const { _input: asked, input = asked, model, model_config: settings } = data
  const { model: answered } = fieldsOf(data._response)
  return {
    operation,
    provider: 'openai',
    protocol: 'openai-agents.tracing',
    input,
    ...textMember('model', model ?? answered),
    settings: fieldsOf(settings)
  }
}

function answerOf(data: Fields): CallResponse {
  const { _response: whole, output: told, usage: counted } = data
  const { output = told, usage: answered = counted, model, id, status } = fieldsOf(whole)
  const usage = readUsage(answered)
  const items: readonly unknown[] = Array.isArray(output) ? output : []
  const reasoning = readReasoning(items)
  return {
    ...textMember('id', id),
    ...textMember('model', model),
    ...(output !== undefined && { output }),
    ...(typeof status === 'string' && { finishReasons: [status] }),
    toolCalls: readToolCalls(items),
    ...(usage && { usage }),
    ...(reasoning && { reasoning })
  }
}
