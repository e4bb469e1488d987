import { now } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import { inBackground } from '../base/host-first.ts'
import { stringify } from '../base/json-text.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { Protocol } from '../protocol/protocol.ts'
import { newAuditId } from '../record/audit-id.ts'
import type { ContentLimits } from '../record/contents.ts'
import { type Member, member } from '../record/header.ts'
import type { Alteration, AuditContext } from '../record/record.ts'
import { guard, tellFault } from '../runtime/guard.ts'
import type { Report } from '../runtime/reporter.ts'
import type { Carrier, Frame } from './frame.ts'
import type { EventFacts, LogFacts } from './frame-facts.ts'
import { type Loss, Losses } from './losses.ts'
import type { RequestRest } from './request-rest.ts'
import { SharedTexts } from './shared-texts.ts'

/** What a `FrameWriter` needs of its log. */
export interface FrameWriting {
  readonly carrier: Carrier
  readonly limits: ContentLimits
  readonly log: LogFacts
  readonly report: Report
  /** Hears of members of a request or an answer that their record leaves out. */
  omitted(marks: readonly Alteration[]): void
  /** See `Platform`. */
  defer(run: () => void, delayMs: number): () => void
}

/** So many ends of calls wait for room, in a few hundred bytes each. */
const MOST_ENDS = 10_000

/** How long the rest of a request is waited for once its call has ended, or somebody flushes, in milliseconds. */
const REST_MS = 2_000

/** How long the next `gap` is put off, in milliseconds: where nothing can be recorded, the one before it is itself what was lost. */
const GAP_PAUSE_MS = 1_000

/** Appends the frames of one log, and counts those that its carrier has no room for. Never throws. */
export class FrameWriter {
  readonly limits: ContentLimits
  readonly texts: SharedTexts
  readonly omitted: FrameWriting['omitted']
  readonly #carrier: Carrier
  readonly #report: Report
  readonly #defer: FrameWriting['defer']
  readonly #losses = new Losses()
  #isPutOff = false
  #log: LogFacts
  /** Ends of calls without their answers, and of requests, for which there was no room. */
  readonly #ends: Frame[] = []
  /** Requests of which not all has come. */
  readonly #rests = new Map<RequestRest, Promise<void>>()

  constructor({ carrier, limits, log, report, omitted, defer }: FrameWriting) {
    this.#defer = defer
    this.#carrier = carrier
    this.limits = limits
    this.#log = log
    this.texts = new SharedTexts(stringify({ log }))
    this.#report = report
    this.omitted = omitted
  }

  /** The application, as all frames say. */
  get service(): LogFacts['members']['service'] {
    return this.#log.members.service
  }

  /** What opens from now on is recorded by another policy. */
  usePolicy(policy: PolicyDocument): void {
    this.#log = { ...this.#log, policy }
    this.texts.log = stringify({ log: this.#log })
  }

  /** See `Carrier`. */
  moduleOf(protocol: Protocol): string | undefined {
    return this.#carrier.moduleOf(protocol)
  }

  /**
   * Appends the frame that `make` gives. Returns its number, 0 where it is lost; `least` is then appended in its
   * place once there is room again.
   */
  append(make: () => Frame, least?: () => Frame): number {
    const append = () => {
      const frame = make()
      this.recordLost()
      return { at: frame.at, sequence: this.#carrier.append(frame) }
    }
    const appended = guard(this.#report, append, () => undefined)
    if (appended && appended.sequence > 0) return appended.sequence
    this.#losses.add(1, appended?.at ?? now())
    if (least && this.#ends.length < MOST_ENDS) {
      guard(
        this.#report,
        () => this.#ends.push(least()),
        () => 0
      )
    }
    return 0
  }

  /** `undefined` when a frame is kept; else settles when it is, or when it is known that it never will be. */
  kept(sequence: number): Promise<void> | undefined {
    if (sequence > 0) return this.#carrier.kept(sequence)
    return Promise.reject(new AuditError('queue_full', 'there was no room for the record'))
  }

  /** Keeps in mind that a request is being read; `done` settles when it is in frames, or rejects with why it is not. */
  follow(rest: RequestRest, done: Promise<void>): void {
    const told = done.catch((cause: unknown) => tellFault(this.#report, cause))
    this.#rests.set(rest, told)
    inBackground(told.then(() => this.#rests.delete(rest)))
  }

  /** Gives up what has not come of a request, after a while. */
  giveUpLater(rest: RequestRest): void {
    this.#defer(() => rest.giveUp(), REST_MS)
  }

  /** Settles when all requests so far are in frames, or given up. Never rejects. */
  async requestsRead(): Promise<void> {
    const rests = [...this.#rests]
    if (rests.length === 0) return
    const cancel = this.#defer(() => {
      for (const [rest] of rests) rest.giveUp()
    }, REST_MS)
    await Promise.all(rests.map(([, done]) => done))
    cancel()
  }

  /** Records something that is not a call. */
  event(
    kind: string,
    event: object,
    { parent, context }: { parent?: string; context?: Member<AuditContext> | undefined } = {}
  ): number {
    const at = now()
    return this.append(() => this.#eventFrame(at, kind, event, parent, context))
  }

  /** Counts records that were lost on their way. A `gap` says so, soon. */
  lost(records: number): void {
    this.#losses.add(records, now())
    if (this.#isPutOff) return
    this.#isPutOff = true
    this.#defer(() => {
      this.#isPutOff = false
      if (this.#losses.records > 0) this.lost(0)
    }, GAP_PAUSE_MS)
    this.recordLost()
  }

  /** How much is still to be appended of what found no room. */
  get unwritten(): number {
    return this.#ends.length + (this.#losses.records > 0 ? 1 : 0)
  }

  /** Records how many records were lost, if any were and there is room again. */
  recordLost(): void {
    if (this.#losses.records > 0) {
      const loss: Loss = this.#losses.take()
      const gap = this.#eventFrame(now(), 'gap', loss)
      if (this.#carrier.append(gap) === 0) this.#losses.giveBack(loss)
    }
    while (this.#ends[0] && this.#carrier.append(this.#ends[0]) > 0) this.#ends.shift()
  }

  #eventFrame(
    at: number,
    kind: string,
    event: object,
    parent?: string,
    context?: Member<AuditContext>
  ): Frame {
    const facts: Pick<EventFacts, 'kind' | 'parent'> = {
      kind,
      ...(parent !== undefined && { parent })
    }
    const { log } = this.texts
    return {
      kind: 'event',
      auditId: newAuditId(at),
      at,
      // What JSON cannot hold is replaced as the header needs it.
      meta: `${stringify(facts).slice(0, -1)},"event":${member(event).text}}`,
      shared: context ? [log, this.texts.context(context)] : [log]
    }
  }
}
