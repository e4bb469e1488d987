import { dataSet, withThinking } from './data-set.ts'
import type { Message } from './read-conversation.ts'

const FROM: { readonly [role: string]: string } = {
  system: 'system',
  developer: 'system',
  user: 'human',
  assistant: 'gpt',
  tool: 'observation',
  function: 'observation'
}

/** `{"conversations": [{"from", "value"}], "tools"}`: ShareGPT as LLaMA-Factory reads it. */
export const sharegpt = dataSet(
  'sharegpt',
  'conversations of from and value, for LLaMA-Factory and Axolotl',
  (conversation, options) => {
    const { prompt, answer, tools } = conversation
    const last = { ...answer, content: withThinking(conversation, options) || null }
    const turns = [...prompt, last].flatMap(toTurns)
    if (turns.some(({ from }) => from === undefined)) return undefined
    return { conversations: turns, ...(tools && { tools: JSON.stringify(tools) }) }
  }
)

function toTurns({ role, content, toolCalls }: Message) {
  const said = content === null ? [] : [{ from: FROM[role], value: content }]
  const called = (toolCalls ?? []).map(({ name, arguments: given }) => ({
    from: 'function_call',
    value: JSON.stringify({ name, arguments: parsed(given) })
  }))
  return [...said, ...called]
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    // As the model wrote it.
    return text
  }
}
