import { dataSet } from './data-set.ts'
import type { FormatOptions } from './format.ts'
import type { Conversation, Message } from './read-conversation.ts'

/** `{"messages": […], "tools": […]}`: OpenAI fine-tuning, TRL, Axolotl, Unsloth. */
export const openaiChat = dataSet(
  'openai-chat',
  'messages and tools, for OpenAI, TRL, Axolotl',
  (conversation, options) => ({
    messages: [...conversation.prompt.map(toOpenai), openaiAnswer(conversation, options)],
    ...(conversation.tools && { tools: conversation.tools })
  })
)

/** The answer as a message; its reasoning, where it is wanted, as `reasoning_content`. */
export function openaiAnswer({ answer, reasoning }: Conversation, options: FormatOptions): object {
  return {
    ...toOpenai(answer),
    ...(options.reasoning && reasoning !== undefined && { reasoning_content: reasoning })
  }
}

/** A message in OpenAI's format. */
export function toOpenai({ role, content, toolCalls, toolCallId }: Message): object {
  return {
    role,
    content,
    ...(toolCalls && {
      tool_calls: toolCalls.map(({ id, name, arguments: given }) => ({
        ...(id !== undefined && { id }),
        type: 'function',
        function: { name, arguments: given }
      }))
    }),
    ...(toolCallId !== undefined && { tool_call_id: toolCallId })
  }
}
