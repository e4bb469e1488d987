import { now } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { ownMembers } from '../base/json-text.ts'
import { refused } from '../base/promises.ts'
import type { AttemptGroup } from '../call/attempts.ts'
import {
  type AskedCall,
  type AskedReview,
  Call,
  type CallHost,
  type CallRecording,
  type Ruled,
  type Ruling
} from '../call/call.ts'
import type { OpenOptions } from '../call/open-call.ts'
import { type Scope, scopeUnder } from '../call/scope.ts'
import type { Scopes } from '../call/scopes.ts'
import { newAuditId } from '../record/audit-id.ts'
import type { CallRequest, TraceIds } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { Platform } from '../runtime/platform.ts'
import type { Report } from '../runtime/reporter.ts'
import { isWireReading } from '../wire/deferred-reading.ts'
import { keepAsked, readAhead } from './asked-bytes.ts'
import { CallFrames } from './call-frames.ts'
import type { FrameWriter } from './frame-writer.ts'

/** Who waits, and how long. */
export interface Waiting {
  /** Whether a call's end waits for its record. */
  readonly atEnd: boolean
  /** Whether a call waits for the record of what was asked, and is refused where there is none. */
  readonly isStrict: boolean
  /** Waits for a record of a call; one that is not kept in time is reported, and thrown if strict. */
  untilKept(auditId: string, kept: () => Promise<void> | undefined): Promise<void> | undefined
}

/** The policy of a log, as it is asked about calls before they are made. */
export interface AskedPolicy {
  /** Whether it has to know for that what a request says. */
  readonly rulesOnRequest: boolean
  /** What it says of a call. */
  ruleOn(call: AskedCall): Ruling | undefined
}

/** What the open calls of a log need. */
export interface OpenCallsNeeds {
  readonly scopes: Scopes
  readonly writer: FrameWriter
  readonly platform: Platform
  /** Who waits in a mode; in that of the log where it is absent. */
  waiting(mode: Ruling['mode']): Waiting
  readonly policy: AskedPolicy
  /** Holds a call back until a person approves it; rejects with what the application is told. */
  review(
    call: Call,
    review: AskedReview,
    again: (() => Later<CallRequest>) | undefined
  ): Promise<void>
  readonly report: Report
  /** See `AuditLogOptions`. */
  readonly traceContext: (() => TraceIds | undefined) | undefined
}

/** The calls of a log that are open. */
export class OpenCalls implements CallHost {
  readonly #needs: OpenCallsNeeds
  readonly #open = new Map<string, Call>()
  /** Those that a client below may take up, in the same place. */
  readonly #announced = new Set<Call>()

  constructor(needs: OpenCallsNeeds) {
    this.#needs = needs
  }

  get report(): Report {
    return this.#needs.report
  }

  /** Opens a call; `outer` is the scope that the code runs in. */
  open(request: Later<CallRequest>, options: OpenOptions, outer: Scope): Call {
    const { scopes, writer, platform } = this.#needs
    const { span, announces, yields = false } = ownMembers(options)
    const parent = options.parent ?? scopes.parentIn(outer)
    const scope = scopeUnder(outer, parent, this.#open.get(parent ?? ''))
    const at = now()
    const auditId = newAuditId(at)
    const trace = span ? { traceId: span.traceId, spanId: span.spanId } : this.#activeTrace()
    const { ruled, asked } = this.#rule({ request, scope, trace })
    const opened = {
      auditId,
      openedAt: span?.startedAt ?? at,
      scope,
      trace,
      isSpan: span !== undefined,
      announces,
      place: this.#placeOf(outer, announces !== undefined),
      system: platform.systemState?.() ?? {},
      openCalls: this.#open.size + 1
    }
    const frames = new CallFrames(writer, opened, asked)
    const call = new Call(
      { auditId, scope, yields: yields || announces !== undefined, ruled },
      frames,
      this
    )
    this.#open.set(auditId, call)
    if (announces) this.#announced.add(call)
    return call
  }

  /** Asks the policy, at once or when it can know what is asked. `asked` is the request to record. */
  #rule(call: AskedCall): {
    readonly ruled: Ruled | Promise<Ruled>
    readonly asked: Later<CallRequest>
  } {
    const { request } = call
    const { policy, writer } = this.#needs
    const wire = isWireReading(request) && policy.rulesOnRequest ? request : undefined
    const rest = wire?.readAhead?.()
    if (wire && rest) {
      const ahead = readAhead(wire, rest)
      const ruled = ahead.whole.then((found) => {
        if (found === undefined) return { ruling: { denied: unknowable() } }
        const ruling = policy.ruleOn({ ...call, request: found.request })
        return { ruling, review: ruling?.review && { ...ruling.review, asked: found.asked } }
      })
      return {
        ruled: ruled.catch((cause) => ({ ruling: { denied: unknowable(cause) } })),
        asked: ahead.request
      }
    }
    const ruling = policy.ruleOn(call)
    if (!ruling?.review) return { ruled: { ruling }, asked: request }
    const kept = keepAsked(request, writer.limits)
    const review = { ...ruling.review, asked: kept.asked }
    return { ruled: { ruling, review }, asked: kept.request }
  }

  /** Ends all that are open, because the log does. */
  abandon(): void {
    for (const call of [...this.#open.values()]) call.cancel('exit')
  }

  ended(call: Call): void {
    this.#open.delete(call.auditId)
    this.#announced.delete(call)
  }

  runInside<T>(call: Call, run: () => T): T {
    const { scopes } = this.#needs
    const { auditId } = call
    // A layer below may go on with this very call, which is then no parent of its own.
    if (call.yields)
      return scopes.run({ ...scopes.get(), above: auditId, attempts: undefined }, run)
    const inside: Scope = {
      ...call.scope,
      parent: auditId,
      toolGroup: call,
      above: undefined,
      attempts: undefined
    }
    return scopes.enter(inside, run)
  }

  admitted(
    call: Call,
    kept: CallRecording['openedKept'],
    again?: () => Later<CallRequest>
  ): Promise<void> | undefined {
    const { attempts } = this.#needs.scopes.get()
    const { ruledLater } = call
    if (ruledLater === undefined) return this.#admit(call, kept, again, attempts)
    const admitted = ruledLater.then((ruled) => {
      call.ruled = ruled
      return this.#admit(call, kept, again, attempts)
    })
    return shared(admitted, attempts)
  }

  #admit(
    call: Call,
    kept: CallRecording['openedKept'],
    again: (() => Later<CallRequest>) | undefined,
    attempts: AttemptGroup | undefined
  ): Promise<void> | undefined {
    const { auditId, ruled } = call
    const { ruling, review } = ruled
    if (ruling?.denied) return this.#deny(call, ruling.denied, attempts)
    const waiting = this.#needs.waiting(ruling?.mode)
    const stored = waiting.isStrict ? waiting.untilKept(auditId, kept) : undefined
    return review ? this.#reviewed(call, review, stored, again, attempts) : stored
  }

  settled({ auditId, ruled }: Call, kept: CallRecording['endedKept']): Promise<void> | undefined {
    const waiting = this.#needs.waiting(ruled.ruling?.mode)
    return waiting.atEnd ? waiting.untilKept(auditId, kept) : undefined
  }

  /** Waits for a person's approval, together with all attempts that the client makes meanwhile. */
  #reviewed(
    call: Call,
    review: AskedReview,
    stored: Promise<void> | undefined,
    again: (() => Later<CallRequest>) | undefined,
    attempts: AttemptGroup | undefined
  ): Promise<void> {
    const wait = async () => {
      await stored
      await this.#needs.review(call, review, again)
    }
    const admitted = wait().catch((refusal: AuditError) => {
      if (attempts) attempts.denied = refusal
      call.deny(refusal)
      throw refusal
    })
    return shared(admitted, attempts)
  }

  /** Ends a call that a policy refuses, with the attempts that its client would make. */
  #deny(call: Call, refusal: AuditError, attempts: AttemptGroup | undefined): Promise<void> {
    if (attempts) attempts.denied = refusal
    call.deny(refusal)
    return refused(refusal)
  }

  /** A name of where code runs, while that can make a difference. */
  #placeOf({ context, parent = '' }: Scope, isAnnounced: boolean): string | undefined {
    if (!isAnnounced && this.#announced.size === 0) return undefined
    return `${context ? this.#needs.writer.texts.numberOf(context) : 0} ${parent}`
  }

  #activeTrace(): TraceIds | undefined {
    const { traceContext, report } = this.#needs
    try {
      const active = traceContext?.()
      return active && { traceId: active.traceId, spanId: active.spanId }
    } catch (cause) {
      const message = `traceContext threw: ${messageOf(cause)}; the call is recorded without a trace`
      report(new AuditError('observer_failed', message, { cause }))
      return undefined
    }
  }
}

/** What a client's other attempts at the call wait for as well. */
function shared(admitted: Promise<void>, attempts: AttemptGroup | undefined): Promise<void> {
  if (attempts) attempts.admitted = admitted
  admitted.catch(() => undefined)
  return admitted
}

/** Refuses a request that a rule might deny, and that nobody could read. */
function unknowable(cause?: unknown): AuditError {
  const message =
    'the policy decides by what the request says, and its body cannot be read before it is sent: it is too large, or not bytes, or the call ended before it had come'
  return new AuditError('denied', message, { cause })
}
