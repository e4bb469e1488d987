import { now } from '../base/clock.ts'
import { AuditError, messageOf } from '../base/error.ts'
import { refused } from '../base/promises.ts'
import {
  type AskedCall,
  type AskedReview,
  Call,
  type CallHost,
  type CallRecording,
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
import { keepAsked } from './asked-bytes.ts'
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

/** What the open calls of a log need. */
export interface OpenCallsNeeds {
  readonly scopes: Scopes
  readonly writer: FrameWriter
  readonly platform: Platform
  /** Who waits in a mode; in that of the log where it is absent. */
  waiting(mode: Ruling['mode']): Waiting
  /** What the policy says of a call before it is made. */
  ruleOn(call: AskedCall): Ruling | undefined
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
    const { span, announces, yields = false } = options
    const parent = options.parent ?? scopes.parentIn(outer)
    const scope = scopeUnder(outer, parent, this.#open.get(parent ?? ''))
    const at = now()
    const auditId = newAuditId(at)
    const trace = span ? { traceId: span.traceId, spanId: span.spanId } : this.#activeTrace()
    const ruling = this.#needs.ruleOn({ request, scope, trace })
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
    const kept = ruling?.review && keepAsked(request, writer.limits)
    const frames = new CallFrames(writer, opened, kept?.request ?? request)
    const review = ruling?.review && { ...ruling.review, asked: kept?.asked }
    const call = new Call(
      { auditId, scope, yields: yields || announces !== undefined, ruling, review },
      frames,
      this
    )
    this.#open.set(auditId, call)
    if (announces) this.#announced.add(call)
    return call
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
    const { auditId, ruling, review } = call
    if (ruling?.denied) return this.#deny(call, ruling.denied)
    const waiting = this.#needs.waiting(ruling?.mode)
    const stored = waiting.isStrict ? waiting.untilKept(auditId, kept) : undefined
    return review ? this.#reviewed(call, review, stored, again) : stored
  }

  settled({ auditId, ruling }: Call, kept: CallRecording['endedKept']): Promise<void> | undefined {
    const waiting = this.#needs.waiting(ruling?.mode)
    return waiting.atEnd ? waiting.untilKept(auditId, kept) : undefined
  }

  /** Waits for a person's approval, together with all attempts that the client makes meanwhile. */
  #reviewed(
    call: Call,
    review: AskedReview,
    stored: Promise<void> | undefined,
    again: (() => Later<CallRequest>) | undefined
  ): Promise<void> {
    const { attempts } = this.#needs.scopes.get()
    const wait = async () => {
      await stored
      await this.#needs.review(call, review, again)
    }
    const admitted = wait().catch((refusal: AuditError) => {
      if (attempts) attempts.denied = refusal
      call.deny(refusal)
      throw refusal
    })
    if (attempts) attempts.admitted = admitted
    admitted.catch(() => undefined)
    return admitted
  }

  /** Ends a call that a policy refuses, with the attempts that its client would make. */
  #deny(call: Call, refusal: AuditError): Promise<void> {
    const { attempts } = this.#needs.scopes.get()
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
