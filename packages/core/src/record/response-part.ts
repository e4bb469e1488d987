import { messageOf } from '../base/error.ts'
import { isObject } from '../base/json.ts'
import { ownMembers } from '../base/json-text.ts'
import type { CallResponse } from './call-facts.ts'
import { summarizeLogprobs, summaryOfMean } from './confidence.ts'
import { type ContentLimits, ContentWriter } from './contents.ts'
import { CONFIDENCE_FIELDS, REASONING_FIELDS, RESPONSE_FIELDS } from './fields/answer-fields.ts'
import { coerce } from './fields/coerce.ts'
import type { Fields } from './fields/field.ts'
import { ALTERATIONS } from './fields/record-fields.ts'
import { markUnknown } from './fields/unknown-members.ts'
import { finishOf } from './finish.ts'
import { type Member, optionalMember } from './header.ts'
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
import { splitFacts } from './split-facts.ts'

/** Most images, sounds and files whose bytes one answer can keep. */
const MOST_MEDIA = 16

/** Members of an answer that are not fields of `response`. */
const BESIDE = [
  'output',
  'logprobs',
  'meanLogprob',
  'scores',
  'reasoning',
  'timing',
  'error',
  'rest',
  'altered',
  'events',
  'flaw'
] as const satisfies readonly (keyof CallResponse)[]
/** Fields of `response` that an answer gives: `finish` follows from its reasons. */
const GIVEN = Object.keys(RESPONSE_FIELDS).filter((name) => name !== 'finish')
const ANSWER: ReadonlySet<string> = new Set([...GIVEN, ...BESIDE])

/** Most marks that an answer brings with it. */
const MOST_MARKS = 64

/** The answer's share of a terminal record, serialised. */
export interface ResponsePart {
  readonly response: Member<ResponseFacts> | undefined
  readonly confidence: Member<ConfidenceSummary> | undefined
  readonly reasoning: Member<ReasoningMarkers> | undefined
  readonly contents: readonly Content[]
  readonly altered: readonly Alteration[]
  /** Tools that the answer asks for, as answered: they tie the runs of tools to it. */
  readonly toolCalls: CallResponse['toolCalls']
  /** Times that the answer brought with it. */
  readonly timing: CallResponse['timing']
  /** Tokens answered, where the provider counted them. */
  readonly outputTokens: number | undefined
  /** An error that came inside the answer. */
  readonly error: Outcome | undefined
  /** How many events a streamed answer had. */
  readonly events: number | undefined
  /** What is wrong with an answer that was taken all the same. */
  readonly flaw: string | undefined
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
    const given = (typeof later === 'function' ? later() : later) ?? {}
    if (!isObject(given as unknown)) throw new TypeError('an answer is an object')
    const answer = ownMembers(given)
    writer.add('output', answer.output)
    writer.add('reasoning', answer.reasoning?.text)
    writer.addNumbers('logprobs', answer.logprobs?.length ? answer.logprobs : undefined)
    pointer = '/response'
    markUnknown(answer, ANSWER, '/response', altered)
    const told = writer.withoutKeys('details', answer.details, 'answer')
    const { facts: details, texts } = splitFacts(told)
    writer.add('details', texts)
    writer.add('rest', writer.withoutKeys('rest', answer.rest, 'answer'))
    altered.push(...marksOf(answer))
    const facts = factsOf(answer, details, writer)
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
  toolCalls: undefined,
  timing: undefined,
  outputTokens: undefined,
  error: undefined,
  events: undefined,
  flaw: undefined
}

/** The marks that an answer brings with it, which an application may have given. */
function marksOf({ altered }: CallResponse): readonly Alteration[] {
  if (!Array.isArray(altered)) return []
  return altered.slice(0, MOST_MARKS).flatMap((mark: unknown) => {
    const { pointer, what, reason } = isObject(mark) ? mark : {}
    const known = ALTERATIONS.find((one) => one === what)
    if (typeof pointer !== 'string' || known === undefined) return []
    return [{ pointer, what: known, ...(typeof reason === 'string' && { reason }) }]
  })
}

function countAndFlaw({ events, flaw }: CallResponse): Pick<ResponsePart, 'events' | 'flaw'> {
  return {
    events: Number.isSafeInteger(events) && Number(events) >= 0 ? events : undefined,
    flaw: typeof flaw === 'string' ? clip(flaw) : undefined
  }
}

function textOfError(error: unknown): string | undefined {
  return error === undefined ? undefined : messageOf(error)
}

type ResponseMembers = Omit<ResponsePart, 'contents' | 'altered' | 'problem'>

function factsOf(answer: CallResponse, details: unknown, writer: ContentWriter): ResponseMembers {
  const response = responseFacts(answer, details, writer)
  return {
    response: optionalMember(response),
    confidence: optionalMember(confidenceOf(answer, writer)),
    reasoning: optionalMember(markersOf(answer, writer)),
    toolCalls: toolCallsOf(answer),
    timing: timingOf(answer),
    outputTokens: response.usage?.outputTokens,
    error: answer.error && errorFacts(answer.error),
    ...countAndFlaw(answer)
  }
}

function toolCallsOf({ toolCalls }: CallResponse): CallResponse['toolCalls'] {
  if (!Array.isArray(toolCalls)) return undefined
  return toolCalls.filter((tool: unknown) => isObject(tool) && typeof tool.name === 'string')
}

/** A group of the header; what of it says something becomes a content. */
function groupOf<T extends object>(
  name: 'response' | 'confidence' | 'reasoning',
  fields: Fields,
  given: object,
  writer: ContentWriter
): T {
  const { value, moved } = coerce(fields, given, `/${name}`, writer.altered)
  writer.add(`header.${name}`, moved)
  return value as T
}

function responseFacts(
  answer: CallResponse,
  details: unknown,
  writer: ContentWriter
): ResponseFacts {
  const given: { [name: string]: unknown } = {}
  for (const name of GIVEN) {
    const value = name === 'details' ? details : Reflect.get(answer, name)
    if (Array.isArray(value) && value.length === 0) continue
    if (value !== undefined) given[name] = value
  }
  const facts = groupOf<ResponseFacts>('response', RESPONSE_FIELDS, given, writer)
  const reasons = facts.finishReasons
  return reasons?.length ? { ...facts, finish: reasons.map(finishOf) } : facts
}

function confidenceOf(answer: CallResponse, writer: ContentWriter): ConfidenceSummary | undefined {
  const summary = summarizeLogprobs(answer.logprobs) ?? summaryOfMean(answer.meanLogprob)
  if (!answer.scores?.length) return summary
  const given = { ...summary, scores: answer.scores }
  const found = groupOf<ConfidenceSummary>('confidence', CONFIDENCE_FIELDS, given, writer)
  return found.scores?.length ? found : summary
}

function markersOf(answer: CallResponse, writer: ContentWriter): ReasoningMarkers | undefined {
  if (!isObject(answer.reasoning)) return undefined
  const { text: words, ...markers } = answer.reasoning
  const given = words === undefined ? markers : { characters: words.length, ...markers }
  const found = groupOf<ReasoningMarkers>('reasoning', REASONING_FIELDS, given, writer)
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
