import { checkFunction } from '../base/check-options.ts'
import { tick } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import { onFault, runsHost } from '../base/host-first.ts'
import type { AttemptGroup, AttemptOptions } from '../call/attempts.ts'
import { observe } from '../call/observe.ts'
import { type OpenCall, type OpenOptions, unrecordedCall } from '../call/open-call.ts'
import type { ReviewOptions, Scope } from '../call/scope.ts'
import { Scopes } from '../call/scopes.ts'
import { Deliveries } from '../delivery/deliveries.ts'
import type { Exporter, ExporterOptions } from '../delivery/exporter.ts'
import type { Journal } from '../journal/journal.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { Annotation } from '../record/annotation.ts'
import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { AuditContext } from '../record/record.ts'
import { type Carrier, type CarrierEvents, isCarrying } from '../recording/frame.ts'
import { FrameQueue } from '../recording/frame-queue.ts'
import { FrameWriter } from '../recording/frame-writer.ts'
import { OpenCalls } from '../recording/open-calls.ts'
import { keepProcessAlive } from '../runtime/deadline.ts'
import { guard, guardMethods, tellFault } from '../runtime/guard.ts'
import { guardedPlatform } from '../runtime/guarded-platform.ts'
import { type Platform, type StoreChannel, webPlatform } from '../runtime/platform.ts'
import { newReporter, type Report } from '../runtime/reporter.ts'
import type { Annotated, AuditLog, ToolRun } from './audit-log.ts'
import { newWaiting } from './blocking.ts'
import { closeJournal, drainCarrier, flushUntil } from './closing.ts'
import { writingOf } from './log-facts.ts'
import { MisuseReporter } from './misuse-reporter.ts'
import { type AuditLogOptions, checkOptions, type Settings } from './options.ts'
import { PolicyKeeper } from './policy-keeper.ts'
import { ReviewDesk } from './review-desk.ts'
import type { Reviews } from './reviews.ts'
import { runTool } from './run-tool.ts'
import { Storing } from './storing.ts'

/** Opens an audit log on a journal. Throws AuditError `bad_option` for options it cannot use. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  return new Log(options)
}

class Log implements AuditLog {
  readonly origin: string
  readonly report: Report
  readonly reviews: Reviews
  readonly #misuse: MisuseReporter
  readonly #settings: Settings
  readonly #journal: Journal
  readonly #platform: Platform
  readonly #scopes: Scopes
  readonly #carrier: Carrier
  readonly #writer: FrameWriter
  readonly #storing: Storing
  readonly #calls: OpenCalls
  readonly #deliveries: Deliveries
  readonly #undo: readonly ((() => void) | undefined)[]
  readonly #policy: PolicyKeeper
  #closing: Promise<void> | undefined

  constructor(options: AuditLogOptions) {
    const settings = checkOptions(options)
    const { journal, platform: given = journal.platform ?? webPlatform() } = options
    this.#settings = settings
    this.#journal = journal
    this.origin = journal.origin
    this.report = newReporter(settings.onProblem, given)
    const platform = guardedPlatform(given, this.report)
    this.#platform = platform
    this.#misuse = new MisuseReporter(this.report)
    this.#scopes = new Scopes(platform.newScopeStore(), this.#misuse.tell)
    this.#deliveries = new Deliveries({
      journal,
      platform,
      report: this.report,
      silently: (run) => this.withoutRecording(run),
      dropped: (gap) => void this.#writer.event('gap', gap)
    })
    journal.reportTo?.(this.report)
    this.#carrier = this.#openCarrier()
    this.#writer = new FrameWriter({
      ...writingOf(options, settings, platform),
      carrier: this.#carrier,
      report: this.report,
      omitted: (marks) => this.#misuse.reportOmitted(marks)
    })
    this.#storing = new Storing({
      writer: this.#writer,
      carrier: this.#carrier,
      platform,
      deadlineMs: settings.deadlineMs
    })
    this.#policy = new PolicyKeeper(this.#writer, this.report, settings.policy)
    const waiting = newWaiting(settings, platform, this.report)
    const needs = { store: journal.reviews, writer: this.#writer, platform }
    const desk = new ReviewDesk({ ...needs, waiting, flush: () => this.flush() })
    this.reviews = desk.reviews
    this.#calls = new OpenCalls({
      scopes: this.#scopes,
      writer: this.#writer,
      platform,
      waiting,
      policy: this.#policy,
      review: (call, asked, again) => desk.admit(call, asked, again),
      report: this.report,
      traceContext: settings.traceContext
    })
    for (const [exporter, more] of settings.exporters) this.addExporter(exporter, more)
    this.#undo = [
      platform.onExit?.(() => this.#drain()),
      // Problems of a flush are reported where they happen.
      platform.onHide?.(() => void this.flush().catch(() => undefined)),
      () => this.#scopes.leaveChannels(),
      onFault((cause) => tellFault(this.report, cause))
    ]
  }

  get isRecording(): boolean {
    return this.#records(this.#scopes.get())
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  get currentCall(): string | undefined {
    return this.#scopes.get().parent
  }

  open(request: Later<CallRequest>, options: OpenOptions = {}): OpenCall {
    return guard(
      this.report,
      () => {
        const scope = this.#scopes.get()
        return this.#records(scope) ? this.#calls.open(request, options, scope) : unrecordedCall
      },
      (cause) => this.#unopened(cause)
    )
  }

  record<T>(
    request: Later<CallRequest>,
    run: (call: OpenCall) => T,
    read?: (result: Awaited<T>) => CallResponse
  ): T {
    checkFunction('record', run)
    const call = this.open(request)
    const admitted = call.admitted(() => request)
    const start = () => call.run(() => run(call))
    const begin = admitted ? () => admitted.then(start) as T : start
    return observe(call, begin, read && { result: read })
  }

  tool<T>(name: string, run: (call: OpenCall) => T, about: ToolRun = {}): T {
    return runTool(this, this.#scopes, { name, run, about })
  }

  step<T>(name: string, run: (step: OpenCall) => T, input?: unknown): T {
    const request = { kind: 'step', operation: 'invoke_workflow', provider: 'application', name }
    return this.record({ ...request, input }, run)
  }

  parentFrom(source: () => string | undefined): void {
    this.#scopes.parentFrom(source)
  }

  scopeFrom(channel: StoreChannel, callOf: (message: unknown) => OpenCall | undefined): void {
    this.#scopes.scopeFrom(channel, callOf, this.report)
  }

  withContext<T>(context: AuditContext, run: () => T): T {
    checkFunction('withContext', run)
    return this.#scopes.withContext(context, run)
  }

  withAttempts<T>(options: Later<AttemptOptions> | AttemptGroup, run: () => T): T {
    checkFunction('withAttempts', run)
    return this.#scopes.withAttempts(options, run)
  }

  withReview<T>(review: ReviewOptions, run: () => T): T {
    checkFunction('withReview', run)
    return this.#scopes.run({ ...this.#scopes.get(), review }, run)
  }

  withoutRecording<T>(run: () => T): T {
    checkFunction('withoutRecording', run)
    return this.#scopes.run({ ...this.#scopes.get(), silent: true }, run)
  }

  attempts(): AttemptGroup | undefined {
    return this.#scopes.get().attempts
  }

  annotate(about: Annotated, annotation: Annotation): void {
    const add = () => {
      const parent = this.#misuse.subjectOf(about, annotation)
      if (parent === undefined) return
      this.#writer.event('annotation', annotation, { parent, context: this.#scopes.get().context })
    }
    guard(this.report, add, () => this.#writer.lost(1))
  }

  usePolicy(policy: Later<PolicyDocument>): boolean {
    if (this.isClosed) return false
    return guard(
      this.report,
      () => this.#policy.use(policy),
      () => false
    )
  }

  addExporter(exporter: Exporter, options: ExporterOptions = {}): AsyncDisposable {
    if (this.isClosed) throw new AuditError('closed', 'the audit log is closed; open a new one')
    return this.#deliveries.add(exporter, options, this.#settings.deadlineMs)
  }

  async flush(): Promise<void> {
    await keepProcessAlive(this.#platform, this.#storing.whileItGetsOn())
    if (!this.isClosed)
      await keepProcessAlive(this.#platform, this.#deliveries.flush(this.#settings.deadlineMs))
  }

  close(): Promise<void> {
    this.#closing ??= keepProcessAlive(this.#platform, this.#close())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  #records({ silent }: Scope): boolean {
    if (silent) return false
    const isOpen = this.#closing === undefined
    if (!isOpen) this.#misuse.reportClosed()
    return isOpen
  }

  /** Stands in for a call that could not be opened: counted as lost, and refused where calls are to wait for records. */
  #unopened(cause: unknown): OpenCall {
    this.#writer.lost(1)
    if (this.#settings.mode !== 'blocking-strict' && !this.#policy.isStrict) return unrecordedCall
    const refusal = new AuditError('not_recorded', 'the call could not be opened in the log', {
      cause
    })
    return { ...unrecordedCall, admitted: () => Promise.reject(refusal) }
  }

  #openCarrier(): Carrier {
    const journal = this.#journal
    const events: CarrierEvents = {
      stored: (records) => {
        this.#storing.progressed()
        this.#writer.recordLost()
        this.#deliveries.wake(records)
      },
      lost: (records) => this.#writer.lost(records),
      failed: this.report
    }
    // Functions of a policy are in this thread, and so are records then made.
    return isCarrying(journal) && !this.#settings.policy?.functions.size
      ? journal.openCarrier(events, this.#settings.policy?.isHiding)
      : new FrameQueue(journal, this.#platform, this.#settings, events)
  }

  /** For a process that exits: synchronous, bounded by the deadline. */
  #drain(): void {
    this.#closing ??= Promise.resolve()
    this.#calls.abandon()
    this.#policy.count()
    this.#writer.recordLost()
    drainCarrier(this.#carrier, this.#settings.deadlineMs, this.report)
  }

  async #close(): Promise<void> {
    this.#calls.abandon()
    this.#policy.count()
    const { deadlineMs } = this.#settings
    const deadline = tick() + deadlineMs
    await flushUntil(deadline, () => this.#storing.all(), this.#platform)
    // The journal has time left, whatever exporters do, and what they were not given may be counted only now.
    await this.#deliveries.close(deadline - deadlineMs / 5)
    await this.#carrier.close(Math.max(0, deadline - tick()), deadlineMs)
    for (const undo of this.#undo) undo?.()
    await closeJournal(this.#journal, this.#platform, this.report)
  }
}

guardMethods(Log, ['open', 'annotate'], () => unrecordedCall)
runsHost(Log, {
  record: { at: 1, given: unrecordedCall },
  tool: { at: 1, given: unrecordedCall },
  step: { at: 1, given: unrecordedCall },
  withContext: { at: 1 },
  withAttempts: { at: 1 },
  withReview: { at: 1 },
  withoutRecording: { at: 0 }
})
