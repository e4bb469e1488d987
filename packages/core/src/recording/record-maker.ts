import {
  type Member,
  type Members,
  member,
  optionalMember,
  type RecordParts,
  word
} from '../record/header.ts'
import type {
  AuditContext,
  ModelIdentity,
  Outcome,
  Stage,
  UnplacedRecord
} from '../record/record.ts'
import type { RequestPart } from '../record/request-part.ts'
import type { ResponsePart } from '../record/response-part.ts'
import type { EndedFacts, EventFacts, LogFacts } from './frame-facts.ts'
import type { ReadCall } from './read-call.ts'

/** How a call ended, with its answer read. */
export interface ReadEnding extends Omit<EndedFacts, 'answer' | 'response' | 'log'> {
  /** Unix time in milliseconds. */
  readonly at: number
  readonly response: ResponsePart
}

/** Makes the parts of the records of a log's calls, and of what is not a call. */
export class RecordMaker {
  readonly #shared = new WeakMap<LogFacts, Members>()
  readonly #idOf: (auditId: string) => string

  /** @param idOf The auditId under which a call is recorded. */
  constructor(idOf: (auditId: string) => string) {
    this.#idOf = idOf
  }

  /** The record of a call that started; it carries the request's contents. */
  received(call: ReadCall, request: RequestPart): RecordParts {
    const { system, openCalls } = call.facts
    const members = this.#callMembers(call, request, 'received', call.openedAt)
    return {
      members: { ...members, system: member({ ...system, openCalls }) },
      asked: request.contents,
      answered: [],
      altered: request.altered
    }
  }

  /**
   * The one record that ends a call; it repeats the request's header, and its contents only where
   * `received` does not have them: a layer below read the request later, or it was left out.
   */
  ended(call: ReadCall, request: RequestPart, ending: ReadEnding): RecordParts {
    const { response: part, attempts, identity } = ending
    const stage = ending.stage === 'complete' && failed(part) ? 'error' : ending.stage
    const members: Members = {
      ...this.#callMembers(call, request, stage, ending.at, identity),
      response: part.response,
      confidence: part.confidence,
      reasoning: part.reasoning,
      attempts: attempts && optionalMember([...attempts]),
      outcome: optionalMember(outcomeOf(ending)),
      timing: optionalMember(timingOf(ending))
    }
    const isAskedStored = call.received === request
    return {
      members,
      asked: isAskedStored ? [] : request.contents,
      answered: part.contents,
      altered: isAskedStored ? part.altered : [...request.altered, ...part.altered]
    }
  }

  /** A record that is not a call. */
  event(auditId: string, at: number, facts: EventFacts): RecordParts {
    const { log, kind, event, parent, context } = facts
    const members: Members = {
      ...this.#sharedMembers(log),
      kind: member(kind),
      stage: word('event'),
      auditId: word(auditId),
      at: word(new Date(at).toISOString()),
      context: optionalMember(context),
      parent: parent === undefined ? undefined : member(this.#idOf(parent)),
      event: member(event as NonNullable<UnplacedRecord['event']>)
    }
    return { members, asked: [], answered: [], altered: [] }
  }

  #sharedMembers(log: LogFacts): Members {
    const known = this.#shared.get(log)
    if (known) return known
    const made = Object.fromEntries(
      Object.entries(log.members).map(([name, value]) => [name, member(value)])
    ) as Members
    this.#shared.set(log, made)
    return made
  }

  #callMembers(
    call: ReadCall,
    request: RequestPart,
    stage: Stage,
    at: number,
    known?: ModelIdentity
  ): Members {
    const { facts, link } = call
    const identity = known ?? facts.identity ?? request.identity()
    const parent = link?.parent ?? (facts.parent && this.#idOf(facts.parent))
    return {
      ...this.#sharedMembers(facts.log),
      kind: request.kind,
      stage: word(stage),
      auditId: word(call.auditId),
      at: word(new Date(at).toISOString()),
      call: withToolCallId(request.call, link?.toolCallId),
      context: contextOf(request.conversation, facts.context),
      model: optionalMember(identity),
      parent: parent === undefined ? undefined : member(parent),
      trace: optionalMember(facts.trace)
    }
  }
}

function failed(part: ResponsePart): boolean {
  return part.error !== undefined || part.problem !== undefined
}

function withToolCallId(
  call: Member<NonNullable<UnplacedRecord['call']>>,
  toolCallId: string | undefined
): typeof call {
  if (toolCallId === undefined || call.value.toolCallId !== undefined) return call
  return member({ ...call.value, toolCallId })
}

/** The members of contexts, which calls share. */
const contexts = new WeakMap<AuditContext, Member<AuditContext>>()

function contextOf(
  conversation: string | undefined,
  context: AuditContext | undefined
): Member<AuditContext> | undefined {
  if (context && (conversation === undefined || context.conversation !== undefined)) {
    const known = contexts.get(context) ?? optionalMember(context)
    if (known) contexts.set(context, known)
    return known
  }
  if (conversation === undefined) return undefined
  return member({ ...context, conversation } as AuditContext)
}

function outcomeOf({ stage, response: part, error, outcome }: ReadEnding): Outcome {
  return {
    ...(part.problem !== undefined && { type: 'malformed_response' }),
    ...error?.facts,
    ...(part.flaw !== undefined && stage === 'complete' && { type: part.flaw }),
    ...part.error,
    ...outcome
  }
}

function timingOf(ending: ReadEnding): NonNullable<UnplacedRecord['timing']> | undefined {
  const { response: part } = ending
  const chunks = part.events ?? ending.chunks ?? 0
  const durationMs = part.timing?.durationMs ?? ending.durationMs
  if (durationMs === undefined) return undefined
  const firstChunkMs = part.timing?.timeToFirstChunkMs ?? ending.firstChunkMs
  const answering = durationMs - (chunks > 1 ? (firstChunkMs ?? 0) : 0)
  return {
    durationMs: round(durationMs),
    ...(chunks > 0 && { chunks }),
    ...(firstChunkMs !== undefined && { timeToFirstChunkMs: round(firstChunkMs) }),
    ...(part.outputTokens !== undefined &&
      answering > 0 && { tokensPerSecond: round((part.outputTokens / answering) * 1000) })
  }
}

/** Three decimals: microseconds, where the value is milliseconds. */
function round(value: number): number {
  return Math.round(value * 1000) / 1000
}
