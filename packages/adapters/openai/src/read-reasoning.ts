import type { CallResponse } from '@slm-audit/core'

/** Members of a message that hold reasoning, by server: DeepSeek and vLLM, OpenRouter and Ollama. */
const FIELDS = ['reasoning_content', 'reasoning'] as const
/** Reasoning between tags in the text, as many open models write it; the last may be unclosed. */
const THINK = /<think>([\s\S]*?)(?:<\/think>|$)/g

/** Where the messages show reasoning: in a member of their own, or between tags in their text. */
export function readReasoning(
  messages: readonly { readonly [name: string]: unknown }[]
): CallResponse['reasoning'] {
  for (const field of FIELDS) {
    const texts = messages.flatMap((message) => {
      const found = message[field]
      return typeof found === 'string' && found !== '' ? [found] : []
    })
    if (texts.length > 0) return { source: field, blocks: texts.length, text: texts.join('\n') }
  }
  const tagged = messages.flatMap(({ content }) =>
    typeof content === 'string' ? [...content.matchAll(THINK)].map(([, inside = '']) => inside) : []
  )
  if (tagged.length === 0) return undefined
  return { source: '<think>', blocks: tagged.length, text: tagged.join('\n') }
}
