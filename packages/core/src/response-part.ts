import { summarizeLogprobs, summaryOfMean } from './confidence.ts'
import { type ContentLimits, ContentWriter } from './content.ts'
import { type Member, optionalMember } from './draft.ts'
import { messageOf } from './error.ts'
import { finishOf } from './finish.ts'
import type { Content } from './journal.ts'
import { isObject } from './json.ts'
import { clip, typeOfError } from './outcome.ts'
import type { CallResponse, Later } from './protocol.ts'
import type {
  Alteration,
  ConfidenceSummary,
  Outcome,
  ReasoningMarkers,
  ResponseFacts
} from './record.ts'
import { splitTexts } from './split-texts.ts'

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
  const { contents, altered } = writer
  let pointer = '/output'
  try {
    const answer = (typeof later === 'function' ? later() : later) ?? {}
    writer.add('output', answer.output)
    writer.add('reasoning', answer.reasoning?.text)
    writer.addNumbers('logprobs', answer.logprobs?.length ? answer.logprobs : undefined)
    pointer = '/response'
    const { facts: details, texts } = splitTexts(answer.details ?? {})
    writer.add('details', texts)
    const facts = factsOf(answer, details)
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

function factsOf(
  answer: CallResponse,
  details: object
): Omit<ResponsePart, 'contents' | 'altered' | 'problem'> {
  return {
    response: optionalMember(responseFacts(answer, details)),
    confidence: optionalMember(confidenceOf(answer)),
    reasoning: optionalMember(markersOf(answer)),
    timing: answer.timing,
    outputTokens: answer.usage?.outputTokens,
    error: answer.error && errorFacts(answer.error)
  }
}

function responseFacts(answer: CallResponse, details: object): ResponseFacts {
  const { id, requestId, model, fingerprint, finishReasons, usage, toolCalls } = answer
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
    ...(Object.keys(details).length > 0 && {
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
    ...(error.type !== undefined && { type: clip(error.type) }),
    ...(error.code !== undefined && { code: clip(error.code) })
  }
}
