import type { CallResponse } from '../record/call-facts.ts'
import { type Member, member, optionalMember } from '../record/header.ts'
import type {
  Alteration,
  ConfidenceSummary,
  ModelIdentity,
  Outcome,
  ReasoningMarkers,
  ResponseFacts,
  UnplacedRecord
} from '../record/record.ts'
import type { RequestPart } from '../record/request-part.ts'
import type { ResponsePart } from '../record/response-part.ts'
import type { Content } from '../record/sealed-record.ts'

/** A content whose text is in the body of its frame, behind those before it. */
export interface PackedContent {
  readonly name: string
  readonly type: string
  /** In UTF-16 code units. */
  readonly length: number
}

/** A request that was read on the application's thread, as plain data. */
export interface PackedRequest {
  readonly kind: string
  readonly call: NonNullable<UnplacedRecord['call']>
  readonly contents: readonly PackedContent[]
  readonly altered?: readonly Alteration[]
  readonly conversation?: string
  readonly tool: RequestPart['tool']
  readonly identity?: ModelIdentity
}

/** An answer that was read on the application's thread, as plain data. */
export interface PackedResponse {
  readonly response?: ResponseFacts
  readonly confidence?: ConfidenceSummary
  readonly reasoning?: ReasoningMarkers
  readonly contents: readonly PackedContent[]
  readonly altered?: readonly Alteration[]
  readonly toolCalls?: NonNullable<CallResponse['toolCalls']>
  readonly timing?: CallResponse['timing']
  readonly outputTokens?: number
  readonly error?: Outcome
  readonly events?: number
  readonly flaw?: string
  /** The answer could not be read. */
  readonly isUnread?: true
}

/** A part of a record on its way to whoever makes the record. */
export interface Packed<Facts> {
  readonly facts: Facts
  /** The texts of all contents. */
  readonly body: readonly string[]
  /** Contents that are not text: they travel in frames of their own. */
  readonly media: readonly Content[]
}

/** Packs a request. */
export function packRequest(part: RequestPart): Packed<PackedRequest> {
  const { kind, call, altered, conversation, tool } = part
  const { contents, body, media } = packContents(part.contents)
  const identity = part.identity()
  const facts = {
    kind: kind.value,
    call: call.value,
    tool,
    contents,
    ...(altered.length > 0 && { altered }),
    ...(conversation !== undefined && { conversation }),
    ...(identity && { identity })
  }
  return { facts, body, media }
}

/** Packs an answer. */
export function packResponse(part: ResponsePart): Packed<PackedResponse> {
  const { response, confidence, reasoning, altered, timing, outputTokens, error } = part
  const { toolCalls, events, flaw } = part
  const { contents, body, media } = packContents(part.contents)
  const facts = {
    ...(response && { response: response.value }),
    ...(confidence && { confidence: confidence.value }),
    ...(reasoning && { reasoning: reasoning.value }),
    contents,
    ...(altered.length > 0 && { altered }),
    ...(toolCalls && { toolCalls }),
    ...(timing && { timing }),
    ...(outputTokens !== undefined && { outputTokens }),
    ...(error && { error }),
    ...(events !== undefined && { events }),
    ...(flaw !== undefined && { flaw }),
    ...(part.problem !== undefined && { isUnread: true as const })
  }
  return { facts, body, media }
}

/** The request that was packed. `media` are the contents that travelled by themselves. */
export function unpackRequest(
  facts: PackedRequest,
  text: string,
  media: readonly Content[]
): RequestPart {
  const { kind, call, contents, altered = [], conversation, tool, identity } = facts
  return {
    kind: member(kind),
    call: member(call),
    contents: unpackContents(contents, text, media),
    altered,
    conversation,
    tool,
    identity: () => identity
  }
}

/** The answer that was packed. */
export function unpackResponse(
  facts: PackedResponse,
  text: string,
  media: readonly Content[]
): ResponsePart {
  const { response, confidence, reasoning, contents, altered = [] } = facts
  const { toolCalls, timing, outputTokens, error, events, flaw, isUnread } = facts
  return {
    response: memberOf(response),
    confidence: memberOf(confidence),
    reasoning: memberOf(reasoning),
    contents: unpackContents(contents, text, media),
    altered,
    toolCalls,
    timing,
    outputTokens,
    error,
    events,
    flaw,
    ...(isUnread && { problem: 'unread' })
  }
}

function memberOf<T extends object>(value: T | undefined): Member<T> | undefined {
  return optionalMember(value)
}

function packContents(given: readonly Content[]) {
  const contents: PackedContent[] = []
  const body: string[] = []
  const media: Content[] = []
  for (const content of given) {
    if (typeof content.body !== 'string') {
      media.push(content)
      continue
    }
    const { name, type, body: text } = content
    contents.push({ name, type, length: text.length })
    body.push(text)
  }
  return { contents, body, media }
}

function unpackContents(
  packed: readonly PackedContent[],
  text: string,
  media: readonly Content[]
): Content[] {
  let from = 0
  const contents = packed.map(({ name, type, length }) => {
    const body = text.slice(from, from + length)
    from += length
    return { name, type, body }
  })
  return [...contents, ...media]
}
