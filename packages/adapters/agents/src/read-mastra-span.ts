import {
  type CallRequest,
  type CallResponse,
  readReasoning,
  readToolCalls,
  readUsage,
  textMember,
  withRest
} from '@slm-audit/core/adapter'
import { errorFrom, type Fields, fieldsOf, textOf } from './fields.ts'
import type { SeenSpan, SpanEnd } from './span-tree.ts'

/** A span of Mastra, as its exporters get it. */
export interface MastraSpan {
  /** Id of the span. */
  readonly id: string
  /** Id of its trace. */
  readonly traceId: string
  /** Id of the span around it; absent at the root. */
  readonly parentSpanId?: string | undefined
  /** What the span stands for: `agent_run`, `tool_call`, … */
  readonly type: string
  /** Name of the span, for instance `agent run: 'support'`. */
  readonly name: string
  /** Name of the agent, tool or workflow. */
  readonly entityName?: string | undefined
  /** Id of the agent, tool or workflow. */
  readonly entityId?: string | undefined
  /** What spans of this type tell beside that. */
  readonly attributes?: object | undefined
  /** The application's own. */
  readonly metadata?: object | undefined
  /** What went in. */
  readonly input?: unknown
  /** What came out; absent until the end. */
  readonly output?: unknown
  /** Why it failed; absent where it did not. */
  readonly errorInfo?: unknown
}

const PROVIDER = 'mastra'

/** The call of a model inside of a turn, which several spans lie around. */
const MODEL = 'model_step'

/** What of a span is asked, says what it is and where it stands, or is told as its error: no answer. */
const ASKED = {
  structure: [
    ...['id', 'traceId', 'parentSpanId', 'name', 'entityName', 'entityId', 'entityType', 'input'],
    ...['startTime', 'endTime', 'isEvent', 'isRootSpan', 'isInternal'],
    ...['errorInfo/message', 'errorInfo/name', 'metadata/threadId'],
    ...['attributes/availableTools', 'attributes/conversationId', 'attributes/toolCallId'],
    ...['attributes/mcpServer', 'attributes/model', 'attributes/provider']
  ].map((name) => `/${name}`)
}

const TOOL = /^(mcp_|client_|provider_)?tool_call$/

/** Spans around and inside of a model's call that say no more than it does, and points in time. */
const NOTHING = /^(model_generation|model_inference|model_chunk)$/

/** Reads a span that starts. */
export function readMastraSpan(span: MastraSpan): SeenSpan {
  if (span.type === MODEL) return { as: 'model' }
  if (NOTHING.test(span.type)) return { as: 'nothing' }
  return { as: 'record', request: () => (TOOL.test(span.type) ? toolOf(span) : stepOf(span)) }
}

/** Reads a span that ended. */
export function readMastraEnd(span: MastraSpan): SpanEnd {
  const error = errorFrom(span.errorInfo)
  const isModel = span.type === MODEL
  return {
    ...(error && { error }),
    response: () => withRest(isModel ? answerOf(span) : resultOf(span), [span], ASKED),
    ...(isModel && { request: () => askedOf(span) })
  }
}

function stepOf({ type, name, entityName, entityId, input, attributes, metadata }: MastraSpan) {
  const { availableTools: tools, conversationId: talk } = fieldsOf(attributes)
  const { threadId = talk } = fieldsOf(metadata)
  const offered = Array.isArray(tools) ? tools.filter((tool) => typeof tool === 'string') : []
  const conversation = textOf(threadId)
  return {
    kind: 'step',
    operation: type === 'agent_run' ? 'invoke_agent' : 'invoke_workflow',
    provider: PROVIDER,
    name: textOf(entityName) ?? textOf(entityId) ?? name,
    input,
    ...(offered.length > 0 && { toolNames: offered }),
    ...(conversation !== undefined && { conversation })
  } satisfies CallRequest
}

function toolOf({ name, entityName, entityId, input, attributes }: MastraSpan): CallRequest {
  const { toolCallId, mcpServer: server } = fieldsOf(attributes)
  const quoted = /'(.+)'/.exec(name)?.[1]
  return {
    kind: 'tool',
    operation: 'execute_tool',
    provider: PROVIDER,
    name: textOf(entityName) ?? textOf(entityId) ?? quoted ?? name,
    ...textMember('toolCallId', toolCallId),
    ...(typeof server === 'string' && { server: { name: server } }),
    ...(input !== undefined && { input })
  }
}

function resultOf({ output }: MastraSpan): CallResponse {
  return output === undefined ? {} : { output }
}

function askedOf({ input, attributes }: MastraSpan): CallRequest {
  const { model, provider } = fieldsOf(attributes)
  return {
    operation: 'chat',
    provider: textOf(provider) ?? 'unknown',
    protocol: 'mastra.tracing',
    input,
    ...textMember('model', model)
  }
}

function answerOf({ output, attributes }: MastraSpan): CallResponse {
  const said = fieldsOf(output)
  const { usage: counted, finishReason: reason }: Fields = fieldsOf(attributes)
  const usage = readUsage(counted)
  const reasoning = readReasoning([said])
  return {
    ...(output !== undefined && { output }),
    ...(typeof reason === 'string' && { finishReasons: [reason] }),
    toolCalls: readToolCalls(said.toolCalls),
    ...(usage && { usage }),
    ...(reasoning && { reasoning })
  }
}
