// Made by `pnpm run generate` from a table of options.

import type { AuditError } from '../base/error.ts'
import type { ExporterEntry } from '../delivery/exporter.ts'
import type { Journal } from '../journal/journal.ts'
import type { PolicyDocument } from '../policy/policy-document.ts'
import type { TraceIds } from '../record/call-facts.ts'
import type { Platform } from '../runtime/platform.ts'

/** Options of every log, wherever its records go. All may be left out. */
export interface CommonLogOptions {
  /** Name of the application. */
  readonly service?: string
  /** Version of the application. */
  readonly version?: string
  /** Where the application runs. */
  readonly environment?: string
  /** `dev`, `eval`, `staging` or `prod`. */
  readonly phase?: string
  /** Where records are shipped to from the journal; see `addExporter`. */
  readonly exporters?: readonly ExporterEntry[]
  /** Who waits for the journal: with `async` nobody, with `blocking` the answer, and with `blocking-strict` no record means no call. `async` unless given. */
  readonly mode?: 'async' | 'blocking' | 'blocking-strict'
  /** Longest wait of a caller, and of an exit, for the journal in milliseconds. `5000` unless given. */
  readonly deadlineMs?: number
  /** Longest time that a record waits to share a transaction, in milliseconds. `20` unless given. */
  readonly windowMs?: number
  /** Most records in a transaction; large ones fill it earlier. `500` unless given. */
  readonly batchSize?: number
  /** Most records that may wait for the journal; more are counted in a gap. `10000` unless given. */
  readonly maxRecords?: number
  /** Most bytes that may wait for the journal; more are counted in a gap. `67108864` unless given. */
  readonly maxBytes?: number
  /** Longest content in UTF-16 code units; more is cut off and marked. `16777216` unless given. */
  readonly maxContentLength?: number
  /** What is kept of images, sounds and files in prompts and answers: `digest` keeps SHA-256, size and type; `keep` keeps the bytes, too, as contents of their own. `digest` unless given. */
  readonly media?: 'digest' | 'keep'
  /** Gives the W3C ids of the span that code runs in here and now, asked at every call; for OpenTelemetry, `otelTraceContext()` of `@slm-audit/otlp`. */
  readonly traceContext?: () => TraceIds | undefined
  /** Hears of every problem of the audit log; without it the platform warns. */
  readonly onProblem?: (problem: AuditError) => void
  /** What the runtime offers beyond Web APIs; unless given, that of the journal: Node for journals in SQLite and in files, else `webPlatform()`. In Node, `nodePlatform()` of `@slm-audit/core/node` carries context through asynchronous code also over `memoryJournal()`. */
  readonly platform?: Platform
}

/** Options of `createAuditLog`. All but `journal` may be left out. */
export interface AuditLogOptions extends CommonLogOptions {
  /** Where records go; the log disposes it when it closes. */
  readonly journal: Journal
  /** Decides what of the calls is recorded; without one, all of it. */
  readonly policy?: PolicyDocument
}
