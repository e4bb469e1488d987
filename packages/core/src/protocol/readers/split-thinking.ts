/** One stretch of reasoning between tags, without them. */
export interface ThinkingSpan {
  /** Where the reasoning begins and ends in the text, in UTF-16 code units. */
  readonly start: number
  /** The place behind its last character. */
  readonly end: number
  /** What stands between the tags. */
  readonly text: string
}

/** A text divided at its reasoning tags. */
export interface SplitThinking {
  /** The opening tag, for instance `<think>`. */
  readonly tag: string
  /** The stretches of reasoning, in order. */
  readonly spans: readonly ThinkingSpan[]
  /** What is outside of the tags. */
  readonly rest: string
}

/** Tags that open models put around their reasoning: most of them, and Mistral's. */
const TAG = /<(\/?)(think|thinking)>|\[(\/?)(THINK)\]/g

/**
 * Finds the reasoning that a model wrote between tags in its text; `undefined` where there is none.
 * The last stretch may be unclosed, as in an answer that was cut short. A closing tag first means
 * that the chat template had opened it, so the reasoning begins with the text.
 */
export function splitThinking(text: string): SplitThinking | undefined {
  if (!text.includes('think>') && !text.includes('THINK]') && !text.includes('thinking>')) {
    return undefined
  }
  const spans: ThinkingSpan[] = []
  let tag: string | undefined
  let rest = ''
  let restFrom = 0
  let open: number | undefined
  const take = (end: number, next: number) => {
    const start = open ?? 0
    spans.push({ start, end, text: text.slice(start, end) })
    open = undefined
    restFrom = next
  }
  for (const match of text.matchAll(TAG)) {
    const closes = (match[1] ?? match[3]) === '/'
    const after = match.index + match[0].length
    if (!closes && open === undefined) {
      rest += text.slice(restFrom, match.index)
      tag ??= match[0]
      open = after
    } else if (closes && (open !== undefined || tag === undefined)) {
      tag ??= match[0].replace('/', '')
      take(match.index, after)
    }
  }
  if (tag === undefined) return undefined
  if (open !== undefined) take(text.length, text.length)
  return { tag, spans, rest: rest + text.slice(restFrom) }
}
