import {
  indexesOf,
  isObject,
  laterState,
  ownMember,
  readError,
  setMember
} from '@slm-audit/core/adapter'
import { foldFilterResults } from './filter-results.ts'

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
  const { choices, created, error, ...rest } = event
  // Azure's filter reports in chunks that have no id, model or time of their own.
  keepLast(fold.body, rest.id === '' ? rest : { ...rest, created })
  // Clients throw at any error, also at one without words.
  if (error) fold.body.error ??= readError(error) ? error : JSON.stringify(error)
  const pieces: readonly unknown[] = Array.isArray(choices) ? choices : []
  const indexes = indexesOf(pieces)
  for (const [at, piece] of pieces.entries()) {
    if (!isObject(piece)) continue
    const index = indexes[at] ?? 0
    const choice = fold.choices.get(index) ?? { index }
    fold.choices.set(index, choice)
    stepChoice(choice, stepShared(choice, piece))
  }
  return fold
}

/** Takes in what choices of all kinds have in pieces; returns the rest. */
function stepShared(choice: Fields, piece: Fields): Fields {
  const { content_filter_results: results, token_ids: ids, ...rest } = piece
  if (isObject(results)) {
    choice.content_filter_results = foldFilterResults(choice.content_filter_results, results)
  }
  // vLLM
  if (Array.isArray(ids)) choice.token_ids = joinLists(choice.token_ids, ids)
  const { content_filter_offsets: _offsets, ...others } = rest
  return others
}

/** The body that the chunks add up to; `finishChoice` is told each choice. */
export function finishChoices(
  { body, choices }: ChoicesFold,
  finishChoice: (choice: Fields) => Fields = (choice) => choice
): Fields {
  const ordered = [...choices.entries()].sort(([left], [right]) => left - right)
  return { ...body, choices: ordered.map(([, choice]) => finishChoice(choice)) }
}

/** Puts members of `source` over those of `target`, but for those that say nothing: see `laterState`. */
export function keepLast(target: Fields, source: Fields): void {
  for (const [name, value] of Object.entries(source)) {
    if (value === null || value === undefined) continue
    setMember(target, name, laterState(ownMember(target, name), value))
  }
}

/** Appends to a list of the fold's own, which it makes at the first piece. */
export function joinLists(own: unknown, piece: readonly unknown[]): unknown[] {
  if (!Array.isArray(own)) return [...piece]
  for (const item of piece) own.push(item)
  return own
}
