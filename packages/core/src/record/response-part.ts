import { messageOf } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import type { CallResponse } from './call-facts.ts'
import { summarizeLogprobs, summaryOfMean } from './confidence.ts'
import { type ContentLimits, ContentWriter } from './contents.ts'
import { finishOf } from './finish.ts'
import { type Member, optionalMember } from './header.ts'
import {
  anything,
  count,
  finite,
  fitted,
  flag,
  group,
  list,
  map,
  markUnknown,
  type Shape,
  text
} from './header-shape.ts'
import type { Later } from './later.ts'
import { clip, typeOfError } from './outcome.ts'
import type {
  Alteration,
  ConfidenceSummary,
  Outcome,
  ReasoningMarkers,
  ResponseFacts
} from './record.ts'
import type { Content } from './sealed-record.ts'
import { splitTexts } from './split-texts.ts'

/** Most images, sounds and files whose bytes one answer can keep. */
const MOST_MEDIA = 16

type Facts = Omit<ResponseFacts, 'finish'>

const FACTS: Shape<Facts> = {
  id: text,
  requestId: text,
  model: text,
  fingerprint: text,
  finishReasons: list(text),
  usage: group({
    inputTokens: count,
    outputTokens: count,
    totalTokens: count,
    cacheReadTokens: count,
    cacheWriteTokens: count,
    reasoningTokens: count,
    audioInputTokens: count,
    audioOutputTokens: count,
    raw: anything
  }),
  toolCalls: list(group({ id: text, name: text }, ['name'])),
  details: map
}

const scores = list(group({ label: text, score: finite }, ['label', 'score']))

const MARKERS: Shape<ReasoningMarkers> = {
  source: text,
  tokens: count,
  characters: count,
  blocks: count,
  spans: list(group({ message: count, part: count, start: count, end: count }, ['message'])),
  signatures: list(text),
  encrypted: flag
}

const ANSWER: { readonly [Name in keyof Required<CallResponse>]: true } = {
  id: true,
  requestId: true,
  model: true,
  fingerprint: true,
  output: true,
  finishReasons: true,
  usage: true,
  toolCalls: true,
  logprobs: true,
  meanLogprob: true,
  scores: true,
  reasoning: true,
  details: true,
  timing: true,
  error: true
}

/** The answer's share of a terminal record, serialised. */
export interface ResponsePart {
  readonly response: Member<ResponseFacts> | undefined
  readonly confidence: Member<ConfidenceSummary> | undefined
  readonly reasoning: Member<ReasoningMarkers> | undefined
  readonly contents: readonly Content[]
  readonly altered: readonly Alteration[]
  /** Times that the answer brought with it. */
  readonly timing: CallResponse['timing']
  /** Tokens answered, where the provider counted them. */
  readonly outputTokens: number | undefined
  /** An error that came inside the answer. */
  readonly error: Outcome | undefined
  /** Why the answer could not be read, where it could not. */
  readonly problem?: unknown
}

/** Serialises an answer, whole or partial, and the error beside it. Never throws. */
export function readResponsePart(
  later: Later<CallResponse> | undefined,
  error: unknown,
  limits: ContentLimits
): ResponsePart {
  const writer = new ContentWriter(limits, MOST_MEDIA)
  const { contents, altered } = writer
  let pointer = '/output'
  try {
    const answer = (typeof later === 'function' ? later() : later) ?? {}
    if (!isObject(answer as unknown)) throw new TypeError('an answer is an object')
    writer.add('output', answer.output)
    writer.add('reasoning', answer.reasoning?.text)
    writer.addNumbers('logprobs', answer.logprobs?.length ? answer.logprobs : undefined)
    pointer = '/response'
    markUnknown(answer, ANSWER, '/response', altered)
    const { facts: details, texts } = splitTexts(answer.details)
    writer.add('details', texts)
    const facts = factsOf(answer, details, altered)
    writer.add('error', answer.error?.message ?? textOfError(error))
    return { ...facts, contents, altered }
  } catch (problem) {
    // Its message may quote the answer.
    altered.push({ pointer, what: 'unread', reason: typeOfError(problem) })
    writer.add('error', textOfError(error) ?? messageOf(problem))
    return { ...NO_FACTS, contents, altered, problem }
  }
}

const NO_FACTS = {
  response: undefined,
  confidence: undefined,
  reasoning: undefined,
  timing: undefined,
  outputTokens: undefined,
  error: undefined
}

function textOfError(error: unknown): string | undefined {
  return error === undefined ? undefined : messageOf(error)
}

type ResponseMembers = Omit<ResponsePart, 'contents' | 'altered' | 'problem'>

function factsOf(answer: CallResponse, details: unknown, marks: Alteration[]): ResponseMembers {
  const response = responseFacts(answer, details, marks)
  return {
    response: optionalMember(response),
    confidence: optionalMember(confidenceOf(answer, marks)),
    reasoning: optionalMember(markersOf(answer, marks)),
    timing: timingOf(answer),
    outputTokens: response.usage?.outputTokens,
    error: answer.error && errorFacts(answer.error)
  }
}

function responseFacts(answer: CallResponse, details: unknown, marks: Alteration[]): ResponseFacts {
  const { id, requestId, model, fingerprint, finishReasons, usage, toolCalls } = answer
  const given = {
    ...(id !== undefined && { id }),
    ...(requestId !== undefined && { requestId }),
    ...(model !== undefined && { model }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(finishReasons?.length && { finishReasons }),
    ...(usage !== undefined && { usage }),
    ...(toolCalls?.length && { toolCalls }),
    ...(details !== undefined && { details })
  } as Facts
  const facts = fitted(FACTS, given, '/response', marks)
  const reasons = facts.finishReasons
  return reasons?.length ? { ...facts, finish: reasons.map(finishOf) } : facts
}

function confidenceOf(answer: CallResponse, marks: Alteration[]): ConfidenceSummary | undefined {
  const summary = summarizeLogprobs(answer.logprobs) ?? summaryOfMean(answer.meanLogprob)
  if (!answer.scores?.length) return summary
  const { scores: found } = fitted({ scores }, { scores: answer.scores }, '/confidence', marks)
  return found?.length ? { ...summary, scores: [...found] } : summary
}

function markersOf(answer: CallResponse, marks: Alteration[]): ReasoningMarkers | undefined {
  if (!isObject(answer.reasoning)) return undefined
  const { text: words, ...markers } = answer.reasoning
  const given = words === undefined ? markers : { characters: words.length, ...markers }
  const found = fitted(MARKERS, given as ReasoningMarkers, '/reasoning', marks)
  return found.source === undefined ? undefined : found
}

/** The times that an answer brought, where they can be times. */
function timingOf({ timing }: CallResponse): CallResponse['timing'] {
  const [durationMs, timeToFirstChunkMs] = [timing?.durationMs, timing?.timeToFirstChunkMs]
  if (!isTime(durationMs)) return undefined
  return { durationMs, ...(isTime(timeToFirstChunkMs) && { timeToFirstChunkMs }) }
}

function isTime(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && value >= 0
}

function errorFacts({ type, code }: NonNullable<CallResponse['error']>): Outcome {
  return {
    ...(type !== undefined && { type: clip(String(type)) }),
    ...(code !== undefined && { code: clip(String(code)) })
  }
}
