import { isObject } from '@slm-audit/core'

/** Members of a body that is being folded. */
export type Fields = { [name: string]: unknown }

/** The chunks of a streamed answer with choices, folded into the body that comes in one piece. */
export interface ChoicesFold {
  readonly body: Fields
  readonly choices: Map<number, Fields>
}

/** Starts a fold. */
export function startChoices(): ChoicesFold {
  return { body: {}, choices: new Map() }
}

/**
 * Folds one chunk. Members of the body stay as they came last; `stepChoice` folds a piece of a
 * choice into what came of it before.
 */
export function stepChoices(
  fold: ChoicesFold,
  event: unknown,
  stepChoice: (choice: Fields, piece: Fields) => void
): ChoicesFold {
  if (!isObject(event)) return fold
  const { choices, ...rest } = event
  keepLast(fold.body, rest)
  for (const piece of Array.isArray(choices) ? choices : []) {
    if (!isObject(piece)) continue
    const index = typeof piece.index === 'number' ? piece.index : 0
    const choice = fold.choices.get(index) ?? { index }
    fold.choices.set(index, choice)
    stepChoice(choice, piece)
  }
  return fold
}

/** The body that the chunks add up to. */
export function finishChoices({ body, choices }: ChoicesFold): Fields {
  const ordered = [...choices.entries()].sort(([left], [right]) => left - right)
  return { ...body, choices: ordered.map(([, choice]) => choice) }
}

/** Puts members of `source` over those of `target`, but for those that are `null`. */
export function keepLast(target: Fields, source: Fields): void {
  for (const [name, value] of Object.entries(source)) {
    if (value !== null) target[name] = value
  }
}
