import { now } from '../base/clock.ts'
import type { Call, Opened } from '../call/call.ts'
import type { Ending } from '../call/ending.ts'
import { type ToolLink, ToolLinks } from '../call/tool-links.ts'
import { newAuditId } from '../record/audit-id.ts'
import type { AskedTool } from '../record/call-facts.ts'
import {
  composeDraft,
  type Member,
  type Members,
  member,
  optionalMember,
  word
} from '../record/header.ts'
import { outcomeOfError } from '../record/outcome.ts'
import type { AuditContext, DraftRecord, Outcome, SystemState } from '../record/record.ts'
import type { ResponsePart } from '../record/response-part.ts'
import type { Draft } from '../record/sealed-record.ts'

/** What is known of a call that ended. */
type Ended = Opened & Pick<Call, 'attempts' | 'chunks' | 'firstChunkMs'>

/** Makes the drafts of one log. */
export class DraftMaker {
  readonly #shared: Members
  readonly #links = new ToolLinks()
  readonly #found = new WeakMap<Opened, ToolLink>()

  constructor(shared: Members) {
    this.#shared = shared
  }

  /** Notes tools that an answer asks for before its end. */
  asked(call: Call, tools: readonly AskedTool[]): void {
    this.#links.asks(call, tools)
  }

  /** The record of a call that starts; it carries the request's contents. */
  received(call: Opened, system: SystemState): Draft {
    const { contents, altered } = call.request
    call.received = call.request
    const members = this.#callMembers(call, 'received', call.openedAt)
    return composeDraft({ ...members, system: member(system) }, contents, altered)
  }

  /**
   * The one record that ends a call; it repeats the request's header, and its contents only where
   * a layer below read the request after `received` was made.
   */
  terminal(call: Ended, ending: Ending): Draft {
    const part = typeof ending.response === 'function' ? ending.response() : ending.response
    const stage = ending.stage === 'complete' && failed(part) ? 'error' : ending.stage
    const members: Members = {
      ...this.#callMembers(call, stage, ending.at),
      response: part.response,
      confidence: part.confidence,
      reasoning: part.reasoning,
      attempts: optionalMember(call.attempts),
      outcome: optionalMember(outcomeOf(ending, part)),
      timing: member(timingOf(call, ending, part))
    }
    this.#links.answered(call, part.toolCalls)
    const late = call.received && call.received !== call.request ? call.request : undefined
    if (late === undefined) return composeDraft(members, part.contents, part.altered)
    const contents = [...late.contents, ...part.contents]
    return composeDraft(members, contents, [...late.altered, ...part.altered])
  }

  /** Notes the tools that an answer of a model asks for, whose draft is made elsewhere. */
  answered(call: Call, tools: readonly AskedTool[] | undefined): void {
    this.#links.answered(call, tools, true)
  }

  /** A record that is no call. */
  event(
    kind: string,
    event: { readonly [name: string]: unknown },
    around: { readonly parent?: string; readonly context?: Member<AuditContext> | undefined } = {}
  ): Draft {
    const at = now()
    const members: Members = {
      ...this.#shared,
      kind: member(kind),
      stage: member('event' as const),
      auditId: member(newAuditId(at)),
      at: word(new Date(at).toISOString()),
      context: around.context,
      parent: around.parent === undefined ? undefined : member(around.parent),
      event: member(event as NonNullable<Draft['record']['event']>)
    }
    return composeDraft(members, [])
  }

  #callMembers(call: Opened, stage: Draft['record']['stage'], at: number): Members {
    const { request, scope } = call
    const link = request.kind.value === 'tool' ? this.#linkOf(call) : undefined
    const parent = link?.parent ?? scope.parent
    return {
      ...this.#shared,
      kind: request.kind,
      stage: word(stage),
      auditId: word(call.auditId),
      at: word(new Date(at).toISOString()),
      call: withToolCallId(request.call, link?.toolCallId),
      context: contextOf(request.conversation, scope.context),
      model: optionalMember(request.identity()),
      parent: parent === undefined ? undefined : member(parent),
      trace: optionalMember(call.trace)
    }
  }

  /** Found when a tool starts, or when it ends, because models ask before their answer is whole. */
  #linkOf(call: Opened): ToolLink | undefined {
    const found = this.#found.get(call) ?? this.#links.find(call)
    if (found) this.#found.set(call, found)
    return found
  }
}

function failed(part: ResponsePart): boolean {
  return part.error !== undefined || part.problem !== undefined
}

function withToolCallId(
  call: Member<NonNullable<DraftRecord['call']>>,
  toolCallId: string | undefined
): typeof call {
  if (toolCallId === undefined || call.value.toolCallId !== undefined) return call
  return member({ ...call.value, toolCallId })
}

function contextOf(
  conversation: string | undefined,
  context: Member<AuditContext> | undefined
): Member<AuditContext> | undefined {
  if (conversation === undefined || context?.value.conversation !== undefined) return context
  return member<AuditContext>({ ...context?.value, conversation } as AuditContext)
}

function outcomeOf(ending: Ending, part: ResponsePart): Outcome {
  return {
    ...(part.problem !== undefined && { type: 'malformed_response' }),
    ...(ending.error !== undefined && outcomeOfError(ending.error)),
    ...part.error,
    ...ending.outcome
  }
}

function timingOf(call: Ended, ending: Ending, part: ResponsePart) {
  const { chunks } = call
  const durationMs = part.timing?.durationMs ?? ending.durationMs
  const firstChunkMs = part.timing?.timeToFirstChunkMs ?? call.firstChunkMs
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
