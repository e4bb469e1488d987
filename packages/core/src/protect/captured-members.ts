import { isObject } from '../base/json.ts'

/** Kinds of content that stand inside of prompts and answers. */
export type CapturedInside = 'reasoning' | 'toolArguments' | 'toolResults'

type Members = { readonly [name: string]: unknown }

/** Names of members that hold reasoning, whatever stands around them. */
const REASONING = [
  'reasoning',
  'reasoning_content',
  'reasoning_details',
  'reasoningContent',
  'thinking'
]
/** Types of blocks that are reasoning (Anthropic, OpenAI, AI SDK). */
const REASONING_TYPES = ['thinking', 'redacted_thinking', 'reasoning']
/** Types of blocks that ask for a tool, and of those that say what it gave. */
const CALL_TYPES = [
  'tool_use',
  'server_tool_use',
  'mcp_tool_use',
  'tool-call',
  'function_call',
  'custom_tool_call',
  'mcp_call'
]
const RESULT_TYPES = [
  'tool_result',
  'mcp_tool_result',
  'tool-result',
  'function_call_output',
  'custom_tool_call_output'
]

/** What people and models say of reasoning inside of a text. */
export const THOUGHT = /<(think|thinking|thought|reasoning)>[\s\S]*?(?:<\/\1>|$)/g

/** The members of an object that are of a kind, as the providers' formats name them. */
export function capturedMembers(kind: CapturedInside, value: Members): readonly string[] {
  const present = (...names: string[]) => names.filter((name) => value[name] !== undefined)
  const type = String(value.type)
  if (kind === 'reasoning') {
    if (REASONING_TYPES.includes(type)) {
      return present(
        'thinking',
        'data',
        'text',
        'summary',
        'content',
        'encrypted_content',
        'reasoning'
      )
    }
    if (value.thought === true) return present('text')
    return present(...REASONING).filter((name) => typeof value[name] !== 'boolean')
  }
  if (kind === 'toolArguments') {
    if (CALL_TYPES.includes(type)) return present('input', 'args', 'arguments')
    if (isObject(value.function)) return []
    if (typeof value.name !== 'string' && value.toolUseId === undefined) return []
    // Of a tool call: a definition has parameters, and a schema in place of arguments.
    return present('arguments', 'args', ...(value.toolUseId === undefined ? [] : ['input']))
  }
  if (RESULT_TYPES.includes(type)) return present('content', 'output', 'result')
  if (value.role === 'tool' || value.role === 'function') return present('content')
  if (value.toolUseId !== undefined) return present('content')
  return typeof value.name === 'string' ? present('response') : []
}
