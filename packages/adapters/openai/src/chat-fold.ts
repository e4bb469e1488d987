import { foldDelta, isObject, laterState } from '@slm-audit/core/adapter'
import {
  type ChoicesFold,
  type Fields,
  finishChoices,
  joinLists,
  keepLast,
  stepChoices
} from './choices-fold.ts'
import { joinSound } from './join-sound.ts'
import { foldReasoningDetails } from './reasoning-details.ts'

/** Members of a delta that are texts in pieces. Other strings, such as the role, come once. */
const PIECES = new Set([
  'content',
  'refusal',
  'reasoning_content',
  'reasoning',
  'arguments',
  'input',
  'transcript',
  // In blocks that are numbered.
  'text',
  'thinking'
])

/** Folds one chunk of a chat; what it does not know it keeps as it came last. */
export function stepChat(fold: ChoicesFold, event: unknown): ChoicesFold {
  return stepChoices(fold, event, stepChoice)
}

/** The body that the chunks add up to. */
export function finishChat(fold: ChoicesFold): Fields {
  return finishChoices(fold, finishChoice)
}

/** Some servers give the whole message, too, before its pieces or behind them. */
function finishChoice({ index, delta, message: whole, ...choice }: Fields): Fields {
  const message = laterState(withSound(delta), whole)
  return { index, ...(message !== undefined && { message }), ...choice }
}

function withSound(delta: unknown): unknown {
  const audio = isObject(delta) ? delta.audio : undefined
  if (!isObject(delta) || !isObject(audio) || !Array.isArray(audio.data)) return delta
  return { ...delta, audio: { ...audio, data: joinSound(audio.data) } }
}

function stepChoice(choice: Fields, piece: Fields): void {
  // Together says the words a second time beside the delta.
  const { delta, logprobs, index: _index, text, ...rest } = piece
  choice.delta ??= {}
  const message = choice.delta as Fields
  keepLast(choice, rest)
  if (isObject(delta)) {
    const { token_id: id, ...more } = delta
    stepMessage(message, more)
    if (typeof id === 'number') choice.token_ids = joinLists(choice.token_ids, [id])
  }
  // Per-token lists come in pieces, one list a name.
  if (isObject(logprobs)) foldDelta(choice, { logprobs }, PIECES)
  // Together: the probability of this piece's one token.
  else if (typeof logprobs === 'number' && typeof text === 'string') {
    foldDelta(choice, { logprobs: { tokens: [text], token_logprobs: [logprobs] } }, PIECES)
  }
}

/** A sound comes in pieces that are each base64 by themselves. */
function stepMessage(message: Fields, piece: Fields): void {
  const { audio, reasoning_details: details, ...delta } = piece
  foldDelta(message, delta, PIECES)
  if (Array.isArray(details)) {
    message.reasoning_details = foldReasoningDetails(message.reasoning_details, details)
  }
  if (!isObject(audio)) return
  const { data, ...rest } = audio
  foldDelta(message, { audio: rest }, PIECES)
  if (typeof data !== 'string') return
  const into = message.audio as Fields
  if (Array.isArray(into.data)) into.data.push(data)
  else into.data = [data]
}
