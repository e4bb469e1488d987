import { now, tick } from '../base/clock.ts'
import { AuditError } from '../base/error.ts'
import type { AttemptGroup, AttemptOptions } from '../call/attempts.ts'
import { Call, type CallSink, type Opening } from '../call/call.ts'
import type { Ending } from '../call/ending.ts'
import { observe } from '../call/observe.ts'
import { type OpenCall, type OpenOptions, silentCall } from '../call/open-call.ts'
import { Layers } from '../call/same-call/layers.ts'
import { SpanCalls } from '../call/same-call/span-calls.ts'
import { type Scope, scopeUnder } from '../call/scope.ts'
import { Scopes } from '../call/scopes.ts'
import { Deliveries } from '../delivery/deliveries.ts'
import type { Exporter, ExporterOptions } from '../delivery/exporter.ts'
import type { Journal } from '../journal/journal.ts'
import { newAuditId } from '../record/audit-id.ts'
import type { AskedTool, CallRequest, CallResponse } from '../record/call-facts.ts'
import { type ContentLimits, lengthOf } from '../record/contents.ts'
import type { Later } from '../record/later.ts'
import type { AuditContext } from '../record/record.ts'
import { requestPartOf } from '../record/request-part.ts'
import { Pump } from '../recording/batcher.ts'
import { CallRecorder } from '../recording/call-recorder.ts'
import { type Append, appendTo } from '../recording/raw-record.ts'
import type { Entry } from '../recording/record-queue.ts'
import { holding } from '../runtime/deadline.ts'
import { type Platform, type StoreChannel, webPlatform } from '../runtime/platform.ts'
import { newReporter, type Report } from '../runtime/reporter.ts'
import { isWireReading } from '../wire/deferred-reading.ts'
import type { AuditLog, ToolRun } from './audit-log.ts'
import { Waits } from './blocking.ts'
import { closeJournal, drainJournal, flushUntil, giveUpRest } from './closing.ts'
import { Mistakes } from './misuse.ts'
import { type AuditLogOptions, checkOptions, type Settings } from './options.ts'
import { sharedMembers } from './shared-members.ts'

/** Opens an audit log on a journal. Throws AuditError `bad_option` for options it cannot use. */
export function createAuditLog(options: AuditLogOptions): AuditLog {
  return new Log(options)
}

class Log implements AuditLog, CallSink {
  readonly origin: string
  readonly contentLimits: ContentLimits
  readonly report: Report
  readonly #mistakes: Mistakes
  readonly #settings: Settings
  readonly #journal: Journal
  readonly #platform: Platform
  readonly #scopes: Scopes
  readonly #pump: Pump
  readonly #recorder: CallRecorder
  readonly #deliveries: Deliveries
  readonly #openCalls = new Map<string, Call>()
  readonly #layers: Layers
  readonly #spanCalls: SpanCalls
  readonly #waits: Waits
  readonly #undo: readonly ((() => void) | undefined)[]
  #closing: Promise<void> | undefined

  constructor(options: AuditLogOptions) {
    const settings = checkOptions(options)
    const { journal, platform = webPlatform() } = options
    this.#settings = settings
    this.#journal = journal
    this.#platform = platform
    this.origin = journal.origin
    this.report = newReporter(settings.onProblem, platform)
    this.#mistakes = new Mistakes(this.report)
    this.#scopes = new Scopes(platform.newScopeStore(), this.#mistakes.tell)
    this.#layers = new Layers(this.#scopes)
    this.#waits = new Waits(platform, settings.deadlineMs, this.report)
    this.#pump = new Pump((...batch) => this.#append(...batch), platform, settings, this.report)
    journal.reportTo?.(this.report)
    this.#spanCalls = new SpanCalls(settings.traceContext, this.report)
    const { maxContentLength: maxLength, media } = settings
    this.contentLimits = { maxLength, media, sha256: platform.sha256 }
    const shared = sharedMembers(options, platform)
    this.#recorder = new CallRecorder(shared, journal, this.contentLimits)
    this.#deliveries = new Deliveries({
      journal,
      platform,
      report: this.report,
      silently: (run) => this.withoutRecording(run),
      dropped: (gap) => this.#recordGap(gap)
    })
    for (const [exporter, more] of settings.exporters) this.addExporter(exporter, more)
    this.#undo = [
      platform.onExit?.(() => this.#drain()),
      // Problems of a flush are reported where they happen.
      platform.onHide?.(() => void this.flush().catch(() => undefined)),
      () => this.#scopes.leaveChannels()
    ]
  }

  get isRecording(): boolean {
    if (this.#scopes.get().silent) return false
    if (this.isClosed) this.#mistakes.tellClosed()
    return !this.isClosed
  }

  get isClosed(): boolean {
    return this.#closing !== undefined
  }

  get currentCall(): string | undefined {
    return this.#scopes.get().parent
  }

  open(request: Later<CallRequest>, options: OpenOptions = {}): OpenCall {
    if (!this.isRecording) return silentCall
    const scope = this.#scopes.get()
    const trace = this.#spanCalls.traceOf(options.span)
    if (trace === 'recorded') return silentCall
    const part = requestPartOf(request, this.contentLimits)
    const taken = this.#layers.take(part, scope, options)
    const wire = isWireReading(request) ? request : undefined
    const call = taken ?? this.#start({ part, wire, trace, outer: scope, options })
    return this.#layers.view(call, options)
  }

  #start({ part, wire, trace, outer, options }: Opening): Call {
    const { span, parent = this.#scopes.parentIn(outer) } = options
    const scope = scopeUnder(outer, parent, this.#openCalls.get(parent ?? ''))
    const at = now()
    const call = new Call(newAuditId(at), span?.startedAt ?? at, part, scope, this)
    call.wire = wire
    call.trace = trace && { traceId: trace.traceId, spanId: trace.spanId }
    if (span) this.#spanCalls.add(span, call)
    this.#openCalls.set(call.auditId, call)
    const state = { sample: this.#platform.systemState?.() ?? {}, openCalls: this.#openCalls.size }
    const received = () =>
      call.receive() ? this.#mistakes.in(call, this.#recorder.received(call, state)) : undefined
    const weight = call.weight + (wire?.bytes ?? lengthOf(part))
    this.#push(call, received, weight, this.#settings.mode === 'blocking-strict')
    return call
  }

  record<T>(
    request: Later<CallRequest>,
    run: (call: OpenCall) => T,
    read: (result: Awaited<T>) => CallResponse = (result) => ({ output: result })
  ): T {
    const call = this.open(request)
    const admitted = call.admitted()
    const start = () => call.run(() => run(call))
    return observe(call, admitted ? () => admitted.then(start) as T : start, { result: read })
  }

  tool<T>(name: string, run: (call: OpenCall) => T, { input, toolCallId }: ToolRun = {}): T {
    const request = { kind: 'tool', operation: 'execute_tool', provider: 'application', name }
    return this.record({ ...request, ...(toolCallId !== undefined && { toolCallId }), input }, run)
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
    return this.#scopes.withContext(context, run)
  }

  withAttempts<T>(options: Later<AttemptOptions> | AttemptGroup, run: () => T): T {
    return this.#scopes.withAttempts(options, run)
  }

  withoutRecording<T>(run: () => T): T {
    return this.#scopes.run({ ...this.#scopes.get(), silent: true }, run)
  }

  attempts(): AttemptGroup | undefined {
    return this.#scopes.get().attempts
  }

  annotate(about: string, annotation: { readonly [name: string]: unknown }): void {
    if (!this.#mistakes.isAnnotation(about, annotation)) return
    const { context } = this.#scopes.get()
    const draft = this.#recorder.drafts.event('annotation', annotation, { parent: about, context })
    this.#pump.push({ build: () => draft, weight: draft.head.length + draft.tail.length }, false)
  }

  addExporter(exporter: Exporter, options: ExporterOptions = {}): AsyncDisposable {
    if (this.isClosed) throw new AuditError('closed', 'the audit log is closed; open a new one')
    return this.#deliveries.add(exporter, options, this.#settings.deadlineMs)
  }

  async flush(): Promise<void> {
    this.#recordLost()
    await holding(this.#platform, this.#pump.flush())
    if (!this.isClosed)
      await holding(this.#platform, this.#deliveries.flush(this.#settings.deadlineMs))
  }

  close(): Promise<void> {
    this.#closing ??= holding(this.#platform, this.#close())
    return this.#closing
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close()
  }

  withdrawn(call: Call): void {
    this.#openCalls.delete(call.auditId)
    this.#spanCalls.ended(call)
    this.#layers.ended(call)
  }

  asked(call: Call, tools: readonly AskedTool[]): void {
    this.#recorder.drafts.asked(call, tools)
  }

  ended(call: Call, ending: Ending): void {
    this.withdrawn(call)
    const build = () => this.#mistakes.in(call, this.#recorder.ended(call, ending))
    const weight = call.weight + (ending.wire?.bytes ?? lengthOf(ending.response))
    this.#push(call, build, weight, this.#settings.mode !== 'async')
  }

  run<T>(scope: Scope, run: () => T): T {
    return this.#scopes.enter(scope, run)
  }

  admitted(call: Call): Promise<void> | undefined {
    return this.#settings.mode === 'blocking-strict'
      ? this.#waits.untilStored(call, true)
      : undefined
  }

  settled(call: Call): Promise<void> | undefined {
    if (this.#settings.mode === 'async') return undefined
    return this.#waits.untilStored(call, this.#settings.mode === 'blocking-strict')
  }

  #push(call: Call, build: Entry['build'], weight: number, waits: boolean): void {
    const done = waits ? this.#waits.expect(call) : undefined
    this.#pump.push({ build, weight, lost: undefined, done, reading: call.wire?.reading }, waits)
  }

  #abandonOpenCalls(): void {
    for (const call of [...this.#openCalls.values()]) call.cancel('exit')
  }

  #recordLost(): void {
    const count = this.#pump.takeLost()
    if (count > 0) this.#recordGap({ records: count }, count)
  }

  /** A gap that finds no room takes what it counts along, for the next one. */
  #recordGap(gap: { readonly [name: string]: unknown }, lost = 0): void {
    const build = () => this.#recorder.drafts.event('gap', gap)
    this.#pump.push({ build, weight: 0, lost }, false)
  }

  /** Appends, tells of what was lost before, and lets exporters know once it is done. */
  async #append(...[records, isPatient]: Parameters<Append>): Promise<void> {
    await appendTo(this.#journal, records, isPatient)
    this.#recordLost()
    this.#deliveries.wake(records.length)
  }

  /** For a process that exits: synchronous, bounded by the deadline. */
  #drain(): void {
    this.#closing ??= Promise.resolve()
    this.#abandonOpenCalls()
    this.#recordLost()
    this.#pump.pushAllNow()
    drainJournal(this.#journal, this.#settings.deadlineMs, this.report)
  }

  async #close(): Promise<void> {
    this.#abandonOpenCalls()
    const deadline = tick() + this.#settings.deadlineMs
    const flush = () => flushUntil(deadline, () => this.flush(), this.#platform)
    const failure = await flush()
    await this.#deliveries.close(deadline)
    // What exporters were not given may be counted only now.
    const lastFailure = failure ?? (await flush())
    if (lastFailure) {
      const gap = (records: number) => this.#recordGap({ records }, records)
      await giveUpRest(this.#pump, lastFailure, gap, this.#platform, this.report)
    }
    for (const undo of this.#undo) undo?.()
    await closeJournal(this.#journal, this.report)
  }
}
