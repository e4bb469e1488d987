import type { CallRequest, Protocol } from '@slm-audit/core/adapter'
import type { AuditedCall } from '@slm-audit/core/reader'
import type { RequestReplay, ServedRequest } from '@slm-audit/fetch'
import { answerOf, refusal, type WireAnswer } from './answer-of.ts'
import { type Asked, type AskedPart, askedBy, askedIn, differingParts } from './asked.ts'
import { keptAnswer } from './recorded-call.ts'
import type { ReplayMatch, ReplayReport, ReplayStep } from './replay-report.ts'
import { respond } from './respond.ts'
import { readSent } from './sent-request.ts'
import { WRITERS } from './writers/writers.ts'

/** Options of a replay. */
export interface ReplayOptions {
  /**
   * What a request gets that is none of those recorded: the next recorded answer of its kind (`serve`), an error
   * (`fail`), or a model's (`live`). `serve` unless given. All are counted.
   */
  readonly onDivergence?: 'serve' | 'fail' | 'live'
  /** The step, from 1, from which on requests go to a model; none unless given. */
  readonly forkAt?: number
  /** Whether answers come as fast as they were recorded (`recorded`) or at once; `at-once` unless given. */
  readonly timing?: 'at-once' | 'recorded'
}

/** A recorded call that can be served. */
interface RecordedStep {
  readonly call: AuditedCall
  readonly asked: Asked
  isUsed: boolean
}

/** What a request is to be given: the answer of a recorded call, a model's, or the reason why neither. */
type Taken = { readonly call: AuditedCall } | { readonly refusal: string } | 'live'

/**
 * Recorded calls, served again in the place of a model. Each is served once: to the request that asks the very
 * same, or else, in their order, to the next one of the same kind.
 */
export class Replay implements RequestReplay {
  readonly options: Required<Omit<ReplayOptions, 'forkAt'>> & Pick<ReplayOptions, 'forkAt'>
  readonly #recorded: readonly RecordedStep[]
  readonly #unservable: number
  readonly #steps: ReplayStep[] = []

  /** @param calls In the order in which they were made; those that have no answer or cannot be written are left out. */
  constructor(calls: readonly AuditedCall[], options: ReplayOptions = {}) {
    const { onDivergence = 'serve', timing = 'at-once', forkAt } = options
    this.options = { onDivergence, timing, ...(forkAt !== undefined && { forkAt }) }
    this.#recorded = calls
      .filter(canBeServed)
      .map((call) => ({ call, asked: askedBy(call), isUsed: false }))
    this.#unservable = calls.length - this.#recorded.length
  }

  /**
   * Finds what a request is to be answered with; `undefined` where none of `protocols` reads it. A request that gets no
   * recorded answer, and none of a model, is refused with status 422, which clients do not try again, and the reason.
   */
  async serve(
    protocols: readonly Protocol[],
    live: typeof globalThis.fetch,
    args: Parameters<typeof globalThis.fetch>
  ): Promise<ServedRequest | undefined> {
    const sent = await readSent(protocols, args)
    if (!sent) return undefined
    const { protocol, asked, request } = sent
    const taken = this.#take(protocol.name, asked)
    if (taken === 'live') return { send: () => live(request) }
    const { timing } = this.options
    const answerWith = (answer: WireAnswer) => () => respond(answer, timing, request.signal)
    if ('refusal' in taken) return { send: answerWith(refusal(protocol.name, taken.refusal)) }
    const { call } = taken
    return { auditId: call.auditId, send: answerWith(answerOf(call, asked.stream === true)) }
  }

  #take(protocol: string, request: CallRequest): Taken {
    const asked = askedIn(request)
    const { forkAt, onDivergence } = this.options
    if (forkAt !== undefined && this.#steps.length + 1 >= forkAt) return this.#live([])
    const left = this.#recorded.filter(
      ({ call, isUsed }) => !isUsed && isAlike(call.record.call?.protocol, protocol)
    )
    const same = left.find((each) => differingParts(each.asked, asked).length === 0)
    if (same) return this.#serve(same, 'exact', [])
    const [next] = left
    const differs = next ? differingParts(next.asked, asked) : []
    if (onDivergence === 'live') return this.#live(differs)
    if (next && onDivergence === 'serve') return this.#serve(next, 'diverged', differs)
    this.#note('unanswered', differs, next?.call)
    return { refusal: this.#refusal(protocol, differs, next?.call) }
  }

  /** What has been asked and served so far. */
  report(): ReplayReport {
    const count = (match: ReplayMatch) => this.#steps.filter((each) => each.match === match).length
    const { forkAt } = this.options
    // Behind a fork nobody is expected to ask what was asked.
    const expected = forkAt === undefined ? this.#recorded : this.#recorded.slice(0, forkAt - 1)
    return {
      recorded: this.#recorded.length,
      unservable: this.#unservable,
      exact: count('exact'),
      diverged: count('diverged'),
      live: count('live'),
      unanswered: count('unanswered'),
      unused: expected.filter(({ isUsed }) => !isUsed).length,
      steps: [...this.#steps]
    }
  }

  #serve(step: RecordedStep, match: ReplayMatch, differs: readonly AskedPart[]): Taken {
    step.isUsed = true
    this.#note(match, differs, step.call)
    return { call: step.call }
  }

  #live(differs: readonly AskedPart[]): Taken {
    this.#note('live', differs)
    return 'live'
  }

  #note(match: ReplayMatch, differs: readonly AskedPart[], call?: AuditedCall): void {
    const step = this.#steps.length + 1
    this.#steps.push({ step, match, differs, ...(call && { auditId: call.auditId }) })
  }

  #refusal(protocol: string, differs: readonly AskedPart[], next?: AuditedCall): string {
    const step = this.#steps.length
    if (next) {
      return `request ${step} of the replay differs in ${differs.join(', ')} from the recorded call ${next.auditId}; look at it with slm-audit show, or let divergences be served`
    }
    const count = this.#recorded.length
    return `request ${step} of the replay asks by ${protocol}, and none of the ${count} recorded calls is left for it; record the session again, or let divergences go to a model`
  }
}

/** Whether clients of one format read the answers of the other: a vendor's own address may tell it from its kin. */
function isAlike(one = '', other: string): boolean {
  return one === other || WRITERS.get(one)?.answer === WRITERS.get(other)?.answer
}

/** Whether the record of a call has all that its answer needs. */
function canBeServed(call: AuditedCall): boolean {
  const { record, stage } = call
  if (record.kind !== 'call' || !WRITERS.has(record.call?.protocol ?? '')) return false
  // What never began, and what was refused, is not asked of a model either.
  if (stage === 'received' || stage === 'denied') return false
  const { output, isWhole } = keptAnswer(call)
  return output === undefined ? stage !== 'complete' : isWhole
}
