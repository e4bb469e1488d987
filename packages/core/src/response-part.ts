import { summarizeLogprobs, summaryOfMean } from './confidence.ts'
import { type ContentLimits, ContentWriter } from './content.ts'
import { type Member, optionalMember } from './draft.ts'
import { messageOf } from './error.ts'
import { finishOf } from './finish.ts'
import type { Content } from './journal.ts'
import { isObject } from './json.ts'
import type { CallResponse, Later } from './protocol.ts'
import type {
  Alteration,
  ConfidenceSummary,
  Outcome,
  ReasoningMarkers,
  ResponseFacts
} from './record.ts'

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
  const writer = new ContentWriter(limits)
  let answer: CallResponse = {}
  let problem: unknown
  try {
    answer = (typeof later === 'function' ? later() : later) ?? {}
    writer.add('output', answer.output)
    writer.add('reasoning', answer.reasoning?.text)
    writer.addNumbers('logprobs', answer.logprobs?.length ? answer.logprobs : undefined)
  } catch (cause) {
    problem = cause
    writer.altered.push({
      pointer: '/output',
      what: 'unread',
      reason: messageOf(cause).slice(0, 200).toWellFormed()
    })
  }
  const errorText = answer.error?.message ?? (error === undefined ? undefined : messageOf(error))
  writer.add('error', errorText)
  return {
    response: optionalMember(responseFacts(answer)),
    confidence: optionalMember(confidenceOf(answer)),
    reasoning: optionalMember(markersOf(answer)),
    contents: writer.contents,
    altered: writer.altered,
    timing: answer.timing,
    outputTokens: answer.usage?.outputTokens,
    error: answer.error && errorFacts(answer.error),
    ...(problem !== undefined && { problem })
  }
}

function responseFacts(answer: CallResponse): ResponseFacts {
  const { id, requestId, model, fingerprint, finishReasons, usage, toolCalls, details } = answer
  return {
    ...(id !== undefined && { id }),
    ...(requestId !== undefined && { requestId }),
    ...(model !== undefined && { model }),
    ...(fingerprint !== undefined && { fingerprint }),
    ...(finishReasons?.length && {
      finishReasons: [...finishReasons],
      finish: finishReasons.map(finishOf)
    }),
    ...(usage !== undefined && { usage: usage as NonNullable<ResponseFacts['usage']> }),
    ...(toolCalls?.length && { toolCalls: [...toolCalls] }),
    ...(details !== undefined && {
      details: details as NonNullable<ResponseFacts['details']>
    })
  }
}

function confidenceOf(answer: CallResponse): ConfidenceSummary | undefined {
  const summary = summarizeLogprobs(answer.logprobs) ?? summaryOfMean(answer.meanLogprob)
  if (!answer.scores?.length) return summary
  return { ...summary, scores: [...answer.scores] }
}

function markersOf(answer: CallResponse): ReasoningMarkers | undefined {
  if (!isObject(answer.reasoning)) return undefined
  const { text, ...markers } = answer.reasoning
  return text === undefined ? markers : { characters: text.length, ...markers }
}

function errorFacts(error: NonNullable<CallResponse['error']>): Outcome {
  return {
    ...(error.type !== undefined && { type: error.type }),
    ...(error.code !== undefined && { code: error.code })
  }
}
