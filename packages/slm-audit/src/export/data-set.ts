import type { ExportFormat, FormatOptions } from './format.ts'
import { type Conversation, readConversation } from './read-conversation.ts'

/**
 * A format of one JSON object a line for training or evaluation. `encode` gives undefined for a
 * conversation that the format cannot hold.
 */
export function dataSet(
  name: string,
  description: string,
  encode: (conversation: Conversation, options: FormatOptions) => object | undefined
): ExportFormat {
  return {
    name,
    description,
    isDataSet: true,
    begin: (options) => ({
      add({ call }) {
        const conversation = call.stage === 'complete' ? readConversation(call) : undefined
        const row = conversation && encode(conversation, options)
        return row && `${JSON.stringify(row)}\n`
      }
    })
  }
}

/** An answer's text with its reasoning in the tags that open models use. */
export function withThinking({ answer, reasoning }: Conversation, options: FormatOptions): string {
  const text = answer.content ?? ''
  return options.reasoning && reasoning !== undefined
    ? `<think>\n${reasoning}\n</think>\n\n${text}`
    : text
}
