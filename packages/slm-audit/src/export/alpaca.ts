import { dataSet, withThinking } from './data-set.ts'

/** `{"instruction", "input", "output", "system", "history"}`: Alpaca; it has no place for tools. */
export const alpaca = dataSet(
  'alpaca',
  'instruction, input and output; no tool calls',
  (conversation, options) => {
    const { prompt, answer } = conversation
    if ([...prompt, answer].some(({ toolCalls, role }) => toolCalls || role === 'tool')) {
      return undefined
    }
    const system = prompt.filter(({ role }) => role === 'system' || role === 'developer')
    const turns = prompt.filter((message) => !system.includes(message))
    const last = turns.at(-1)
    const history: [string, string][] = []
    for (let at = 0; at + 1 < turns.length; at += 2) {
      const [asked, answered] = [turns[at], turns[at + 1]]
      if (asked?.role !== 'user' || answered?.role !== 'assistant') return undefined
      history.push([asked.content ?? '', answered.content ?? ''])
    }
    if (last?.role !== 'user' || turns.length % 2 === 0) return undefined
    return {
      instruction: last.content,
      input: '',
      output: withThinking(conversation, options),
      ...(system.length > 0 && { system: system.map(({ content }) => content).join('\n\n') }),
      ...(history.length > 0 && { history })
    }
  }
)
