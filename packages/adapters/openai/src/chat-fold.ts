import { foldDelta, isObject } from '@slm-audit/core'

type Fields = { [name: string]: unknown }

/** The chunks of a streamed answer, folded into the body that the same answer has in one piece. */
export interface ChatFold {
  readonly body: Fields
  readonly choices: Map<number, Fields>
}

/** Members of a delta that are texts in pieces. Other strings, such as the role, come once. */
const PIECES = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'input'
])

/** Starts a fold. */
export function startChat(): ChatFold {
  return { body: {}, choices: new Map() }
}

/** Folds one chunk; what it does not know it keeps as it came last. */
export function stepChat(fold: ChatFold, event: unknown): ChatFold {
  if (!isObject(event)) return fold
  const { choices, ...rest } = event
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null || !(name in fold.body)) fold.body[name] = value
  }
  for (const choice of Array.isArray(choices) ? choices : []) {
    if (isObject(choice)) stepChoice(fold.choices, choice)
  }
  return fold
}

/** The body that the chunks add up to. */
export function finishChat({ body, choices }: ChatFold): Fields {
  const ordered = [...choices.entries()].sort(([left], [right]) => left - right)
  return { ...body, choices: ordered.map(([, choice]) => choice) }
}

function stepChoice(choices: Map<number, Fields>, source: Fields): void {
  const index = typeof source.index === 'number' ? source.index : 0
  const choice = choices.get(index) ?? { index, message: {} }
  choices.set(index, choice)
  const { delta, logprobs, index: _index, ...rest } = source
  for (const [name, value] of Object.entries(rest)) {
    if (value !== null) choice[name] = value
  }
  if (isObject(delta)) foldDelta(choice.message as Fields, delta, PIECES)
  // Per-token lists come in pieces, one list a name.
  if (isObject(logprobs)) foldDelta(choice, { logprobs }, PIECES)
}
