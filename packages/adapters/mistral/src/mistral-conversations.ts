import {
  type CallRequest,
  type CallResponse,
  isObject,
  type Protocol,
  pickDetails,
  readError,
  readReasoning,
  readUsage
} from '@slm-audit/core/adapter'
import { atMistral, workerModuleOf } from './at-mistral.ts'
import {
  type ConversationFold,
  finishConversation,
  startConversation,
  stepConversation
} from './conversation-fold.ts'
import { readRequest } from './read-request.ts'
import { throwsAt } from './stream-faults.ts'

type ToolCalls = NonNullable<CallResponse['toolCalls']>

const PATH = /\/v1\/conversations(?:\/([^/]+)(?:\/restart)?)?$/

/**
 * Conversations that Mistral keeps (`POST /v1/conversations`, `/{id}`, `/{id}/restart`): plain and
 * streamed, tools of yours and tools that run at Mistral, hand-offs between agents.
 *
 * Source: Mistral API reference, "Conversations (beta)".
 */
export const mistralConversations: Protocol<ConversationFold> = {
  name: 'mistral.conversations',
  framing: 'sse',
  matches: atMistral(PATH),
  readRequest(body, url): CallRequest {
    const conversation = PATH.exec(url.pathname)?.[1]
    const request = readRequest('chat', ['inputs', 'instructions'], body, url)
    return { ...request, ...(conversation !== undefined && { conversation }) }
  },
  readResponse: read,
  throwsAt,
  start: startConversation,
  step: stepConversation,
  leavesOut: { '/created_at': 'when an event was made' },
  finish: (fold) => read(finishConversation(fold)),
  workerModule: workerModuleOf(() => mistralConversations)
}

function read(value: unknown): CallResponse {
  if (!isObject(value)) return { output: value }
  const outputs = Array.isArray(value.outputs) ? value.outputs.filter(isObject) : undefined
  const models = new Set(outputs?.flatMap(({ model }) => (typeof model === 'string' ? model : [])))
  const [model] = models
  const reasoning = readReasoning(outputs ?? [])
  const usage = readUsage(value.usage)
  const error = readError(value.object === 'error' ? value : value.error)
  return {
    // Several agents may have answered, each with a model of its own.
    ...(model !== undefined && models.size === 1 && { model }),
    ...(outputs && { output: outputs, toolCalls: outputs.flatMap(toToolCall) }),
    ...(usage && { usage }),
    ...(reasoning && { reasoning }),
    ...pickDetails(value, ['conversation_id', 'guardrails']),
    ...(error && { error })
  }
}

function toToolCall(output: { readonly [name: string]: unknown }): ToolCalls {
  const { type, name, id: own, tool_call_id: id = own } = output
  if (type !== 'function.call' && type !== 'tool.execution') return []
  if (typeof name !== 'string') return []
  return [typeof id === 'string' ? { id, name } : { name }]
}
