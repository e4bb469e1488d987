import {
  foldDelta,
  growList,
  indexesOf,
  isObject,
  laterState,
  setMember
} from '@slm-audit/core/adapter'
import { continueCall } from './partial-args.ts'

type Fields = { [name: string]: unknown }

/** The answers of a stream, folded into the one that comes in one piece. */
export interface AnswerFold {
  readonly body: Fields
  readonly candidates: Map<number, Fields>
}

/** Lists of a candidate that go on from answer to answer; others are given anew each time. */
const CONTINUED = new Set(['logprobsResult', 'citationMetadata'])
const NO_PIECES: ReadonlySet<string> = new Set()
/** What an answer rests on: told anew with more, or what is new alone. */
const SOURCES = new Set(['groundingMetadata', 'urlContextMetadata'])

/** Starts a fold. */
export function startAnswer(): AnswerFold {
  return { body: {}, candidates: new Map() }
}

/** Folds one answer of a stream; what it does not know does no harm. */
export function stepAnswer(fold: AnswerFold, event: unknown): AnswerFold {
  if (!isObject(event)) return fold
  const { candidates, usageMetadata, ...rest } = event
  Object.assign(fold.body, rest)
  if (isObject(usageMetadata)) {
    const { usageMetadata: before } = fold.body
    fold.body.usageMetadata = { ...(isObject(before) && before), ...usageMetadata }
  }
  const pieces = Array.isArray(candidates) ? candidates.filter(isObject) : []
  const indexes = indexesOf(pieces)
  for (const [at, candidate] of pieces.entries()) {
    const index = indexes[at] ?? 0
    const known = fold.candidates.get(index) ?? {}
    fold.candidates.set(index, known)
    stepCandidate(known, candidate)
  }
  return fold
}

/** The answer that the events add up to; a fold without candidates has none. */
export function finishAnswer({ body, candidates }: AnswerFold): Fields {
  if (candidates.size === 0) return body
  const ordered = [...candidates].sort(([left], [right]) => left - right)
  return { ...body, candidates: ordered.map(([, candidate]) => candidate) }
}

function stepCandidate(known: Fields, candidate: Fields): void {
  const { content, ...rest } = candidate
  for (const [name, value] of Object.entries(rest)) {
    if (CONTINUED.has(name)) foldDelta(known, { [name]: value }, NO_PIECES)
    else if (SOURCES.has(name)) setMember(known, name, laterSources(known[name], value))
    else setMember(known, name, value)
  }
  if (!isObject(content)) return
  const { parts, ...more } = content
  const before: Fields = isObject(known.content) ? known.content : {}
  const held = Array.isArray(before.parts) ? before.parts : []
  for (const part of Array.isArray(parts) ? parts : []) addPart(held, part)
  known.content = { ...before, ...more, ...(Array.isArray(parts) && { parts: held }) }
}

/** What was told of sources before, and later: a list that does not begin with the one before goes on behind it. */
function laterSources(before: unknown, later: unknown): unknown {
  if (!isObject(before) || !isObject(later)) return laterState(before, later)
  const state: Fields = { ...before }
  for (const [name, value] of Object.entries(later)) {
    const known = state[name]
    const goesOn = Array.isArray(known) && Array.isArray(value) && !beginsWith(value, known)
    if (goesOn) growList(state, name, value)
    else setMember(state, name, laterState(known, value))
  }
  return state
}

function beginsWith(list: readonly unknown[], start: readonly unknown[]): boolean {
  return start.every((item, at) => JSON.stringify(item) === JSON.stringify(list[at]))
}

/** Text goes on in the part before, if that is text with the same members beside it; signed text is whole. */
function addPart(parts: unknown[], part: unknown): void {
  const last = parts.at(-1)
  const call = isObject(last) ? last.functionCall : undefined
  const piece = isObject(part) ? part.functionCall : undefined
  if (isObject(last) && isObject(call) && call.willContinue === true && isObject(piece)) {
    parts[parts.length - 1] = { ...last, functionCall: continueCall(call, piece) }
    return
  }
  if (isText(last) && isText(part) && besideText(last) === besideText(part)) {
    parts[parts.length - 1] = { ...part, text: last.text + part.text }
  } else parts.push(part)
}

function isText(part: unknown): part is { readonly text: string } {
  return isObject(part) && typeof part.text === 'string' && part.thoughtSignature === undefined
}

function besideText({ text: _text, ...beside }: { readonly text: string }): string {
  return JSON.stringify(beside)
}
