import type { AuditError } from '../base/error.ts'
import type { AttemptGroup, AttemptOptions } from '../call/attempts.ts'
import type { OpenCall, OpenOptions } from '../call/open-call.ts'
import type { ReviewOptions } from '../call/scope.ts'
import type { Exporter, ExporterOptions } from '../delivery/exporter.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { Annotation } from '../record/annotation.ts'
import type { CallRequest, CallResponse } from '../record/call-facts.ts'
import type { Later } from '../record/later.ts'
import type { AuditContext } from '../record/record.ts'
import type { StoreChannel } from '../runtime/platform.ts'
import type { Reviews } from './reviews.ts'

/** What is known of a tool's run beside its name. */
export interface ToolRun {
  /** The arguments: become the content `input`. */
  readonly input?: unknown
  /** The id that the model gave when it asked for the tool. */
  readonly toolCallId?: string
  /** For adapters of clients that run tools: `tool` of the same name inside of the run means this very run. */
  readonly isTold?: boolean
}

/** What is annotated: an auditId, or anything that has one, as an open call or what a reader found. */
export type Annotated = string | { readonly auditId: string }

/**
 * The audit log of an application: opens calls, keeps what is around them, and carries their
 * records to its journal. Made by `createAuditLog`. Disposing it stores everything and closes the
 * journal.
 */
export interface AuditLog extends AsyncDisposable {
  /** Name of the log in its checkpoints and records. */
  readonly origin: string
  /** Whether a call opened here and now is recorded; one after the log closed is reported, as `closed`. */
  readonly isRecording: boolean
  /** Whether closing has begun: what is open now is stored still, and nothing new is opened. */
  readonly isClosed: boolean
  /** auditId of the call or step that the code here and now runs inside of. */
  readonly currentCall: string | undefined
  /** Opens a call; whoever opens it must end it. Never throws. */
  open(request: Later<CallRequest>, options?: OpenOptions): OpenCall
  /**
   * Records any function as a call: its result passes through as it is. What gives items, an async iterable, a
   * stream or a generator, is followed to its end, and so is the body of a `Response`, unless `read` is given. A plain promise comes back as another one; one of an SDK's own class is the same object, whose
   * `then` tells, so that an answer taken past it, as a raw response, is not seen. `read` turns the result into what the record keeps; without it the result is the output.
   * In mode `blocking-strict`, `run` must return a promise. A request or an answer with mistakes in
   * it is recorded as far as it can be read; each mistake is reported once, as `bad_option`.
   */
  record<T>(
    request: Later<CallRequest>,
    run: (call: OpenCall) => T,
    read?: (result: Awaited<T>) => CallResponse
  ): T
  /**
   * `record` for a tool's run. Its parent is the model call that asked for it: found by
   * `toolCallId`, or else by name among the tools that the last answer in the same context or step
   * asked for. Where neither tells, its parent is what the code runs inside of.
   */
  tool<T>(name: string, run: (call: OpenCall) => T, about?: ToolRun): T
  /** `record` for what groups calls, such as an agent's run: calls opened inside have it as parent. */
  step<T>(name: string, run: (step: OpenCall) => T, input?: unknown): T
  /**
   * Asks `source` at every call for the auditId of the step that the code runs in: for frameworks
   * that keep their own asynchronous context. It must not throw and be quick.
   */
  parentFrom(source: () => string | undefined): void
  /**
   * Code that a diagnostics channel runs with a message (`runStores`) runs inside of the call that
   * `callOf` gives for it; unless it gives one, where it ran anyway. For frameworks that tell what they
   * do on such a channel. Ends when the log closes; does nothing where there is no asynchronous context.
   */
  scopeFrom(channel: StoreChannel, callOf: (message: unknown) => OpenCall | undefined): void
  /**
   * Calls made inside `run`, also asynchronously, carry `context` in their records. What is no
   * context is reported as `bad_option`, and `run` runs all the same.
   */
  withContext<T>(context: AuditContext, run: () => T): T
  /**
   * Requests inside `run` are attempts at one call. Where a client makes them one by one out of reach
   * of `run`, as generators do, a group of the adapter's own holds them together.
   */
  withAttempts<T>(options: Later<AttemptOptions> | AttemptGroup, run: () => T): T
  /**
   * Calls made inside `run` meet rules that ask for a person's approval so: they wait for the decision, or are made by
   * the approval that is named. See docs/guide/reviews.md.
   */
  withReview<T>(options: ReviewOptions, run: () => T): T
  /** What waits for a person's approval, and the decisions about it. */
  readonly reviews: Reviews
  /** Calls made inside `run` are not recorded: for layers whose outer layer is. */
  withoutRecording<T>(run: () => T): T
  /** The attempts that the code here and now belongs to. */
  attempts(): AttemptGroup | undefined
  /**
   * Says something of a call, in a record of its own: feedback, a review, a score, an incident
   * (docs/guide/annotations.md). Never throws: what is not an annotation is reported as `bad_option`.
   */
  annotate(about: Annotated, annotation: Annotation): void
  /**
   * Records what opens from now on by another policy, and records the change. One that cannot be used is
   * reported as `bad_policy`, and the one before goes on. A function that throws in
   * place of giving one is reported alike. Returns whether the policy holds. Never throws.
   */
  usePolicy(policy: Later<PolicyDocument>): boolean
  /**
   * Ships the journal's records to an exporter from where its cursor is: at least once, in order,
   * and past what the other end refuses for good. The log closes the exporter when it closes;
   * disposing the result does so earlier. Of several processes with an exporter of one name on one
   * journal, one delivers. Throws AuditError `bad_option`.
   */
  addExporter(exporter: Exporter, options?: ExporterOptions): AsyncDisposable
  /** Reports a problem of the audit log to `onProblem`. Never throws. */
  report(problem: AuditError): void
  /**
   * Resolves when everything recorded so far is stored, and delivered or past the deadline; what
   * is not delivered stays in the journal. Rejects with AuditError when it is not stored, or when the journal has
   * stored nothing for `deadlineMs`.
   */
  flush(): Promise<void>
  /**
   * Ends open calls as `abandoned`, stores everything, delivers until the deadline, closes exporters
   * and journal. Never rejects.
   */
  close(): Promise<void>
}
