import { isObject } from '../../base/json.ts'
import type { CallResponse } from '../../record/call-facts.ts'

type ToolCall = NonNullable<CallResponse['toolCalls']>[number]

/** Types of blocks that call a tool. */
const TYPES =
  /^(tool_use|server_tool_use|mcp_tool_use|tool_call|tool-call|function|functionCall|[a-z_]+_call)$/

/**
 * The ids and names of the tools that a model called, from a list in any provider's shape: OpenAI
 * `tool_calls` and Responses items, Anthropic and Bedrock blocks, Gemini parts, Ollama, AI SDK and
 * LangChain calls. What is not a tool call, such as a block of text, is left out. A tool that runs at
 * the provider without a name (`web_search_call`) is named by its type.
 */
export function readToolCalls(items: unknown): ToolCall[] {
  if (!Array.isArray(items)) return []
  return items.flatMap((item) => {
    const call = isObject(item) ? readToolCall(item) : undefined
    return call ? [call] : []
  })
}

function readToolCall(item: { readonly [name: string]: unknown }): ToolCall | undefined {
  const inner = item.function ?? item.custom ?? item.functionCall ?? item.toolCall ?? item.toolUse
  const named = isObject(inner) ? inner : item
  const isCall = named !== item || 'toolName' in item || 'args' in item || isCallType(item.type)
  const name =
    named.name ??
    item.toolName ??
    named.toolType ??
    (named === item ? providersName(item.type) : undefined)
  if (!isCall || typeof name !== 'string') return undefined
  const id = item.call_id ?? item.toolCallId ?? named.toolUseId ?? named.id ?? item.id
  return typeof id === 'string' ? { id, name } : { name }
}

function isCallType(type: unknown): boolean {
  return typeof type === 'string' && TYPES.test(type)
}

function providersName(type: unknown): string | undefined {
  return typeof type === 'string' && type.endsWith('_call') ? type : undefined
}
