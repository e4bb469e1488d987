import type { AttemptGroup, AttemptOptions } from './attempts.ts'
import type { OpenCall } from './call.ts'
import type { AuditError } from './error.ts'
import type { CallRequest, CallResponse, Later } from './protocol.ts'
import type { AuditContext } from './record.ts'
import type { SeenSpan } from './span-calls.ts'

/**
 * The audit log of an application: opens calls, keeps what is around them, and carries their
 * records to its journal. Made by `createAuditLog`. Disposing it stores everything and closes the
 * journal.
 */
export interface AuditLog extends AsyncDisposable {
  /** Name of the log in its checkpoints and records. */
  readonly origin: string
  /** Whether calls opened here and now are recorded. */
  readonly isRecording: boolean
  /**
   * Opens a call; whoever opens it must end it. Never throws.
   *
   * `span` says that the call was seen as a span of another instrumentation. It is then recorded
   * only if no wrapped client records it: see docs/guide/opentelemetry.md.
   */
  open(request: Later<CallRequest>, span?: SeenSpan): OpenCall
  /**
   * Records any function as a call: its result, promise or async iterable passes through as it
   * is. `read` turns the result into what the record keeps; without it the result is the output.
   * In mode `blocking-strict`, `run` must return a promise.
   */
  record<T>(
    request: Later<CallRequest>,
    run: (call: OpenCall) => T,
    read?: (result: Awaited<T>) => CallResponse
  ): T
  /** `record` for a tool's run: its record hangs below the call that asked for it. */
  tool<T>(name: string, run: (call: OpenCall) => T, input?: unknown): T
  /** Calls made inside `run`, also asynchronously, carry `context` in their records. */
  withContext<T>(context: AuditContext, run: () => T): T
  /** Requests inside `run` are attempts at one call. */
  withAttempts<T>(options: Later<AttemptOptions>, run: () => T): T
  /** Calls made inside `run` are not recorded: for layers whose outer layer is. */
  withoutRecording<T>(run: () => T): T
  /** The attempts that the code here and now belongs to. */
  attempts(): AttemptGroup | undefined
  /** Adds a record that is no call: feedback, a review, an incident. `about` is an auditId. */
  annotate(about: string, annotation: { readonly [name: string]: unknown }): void
  /** Reports a problem of the audit log to `onProblem`. Never throws. */
  report(problem: AuditError): void
  /** Resolves when everything recorded so far is stored; rejects with AuditError when it is not. */
  flush(): Promise<void>
  /** Ends open calls as `abandoned`, stores everything, closes the journal. Never rejects. */
  close(): Promise<void>
}
