// Made by `pnpm run generate` from a table of options.

import type {
  Anchor,
  AuditError,
  ExporterEntry,
  Journal,
  Platform,
  PolicyDocument,
  TraceIds
} from '@slm-audit/core'
import type { CheckpointSchedule, DatabaseEncryption, KeySource } from '@slm-audit/sqlite'

/** Options of `createAuditLog`; all may be left out. */
export interface AuditLogOptions {
  /** The database; unless given, `SLM_AUDIT_FILE`, else `./.slm-audit/audit.db`. */
  readonly file?: string
  /** What a call survives once it is answered: `memory` nothing for sure, `process` any end of the process, at any moment, `disk` the loss of power as well; with `disk` the answer waits for the disk, and `mode` is `blocking` unless given. `process` unless given. */
  readonly durability?: 'memory' | 'process' | 'disk'
  /** What signs the log: a file (`<file>.key`, made where it is missing) unless given. */
  readonly key?: KeySource
  /** When the log signs a checkpoint; every 1,000 records and 5 seconds unless given. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
  /** Whether the newest signed head is kept in the user's state folder as well; true unless given. */
  readonly stateFolder?: boolean
  /** The key of an encrypted database: `{ key: { file } }`, `{ key: { env } }` or `{ key: () => bytes }`; it is plain unless given. */
  readonly encryption?: DatabaseEncryption
  /** Another journal in place of the SQLite database. */
  readonly journal?: Journal
  /** A policy, the path of its file in YAML or JSON, or `true` for `slm-audit.policy.yaml` beside the journal; the file that `SLM_AUDIT_POLICY` names unless given. A file is read again when it changes. */
  readonly policy?: PolicyDocument | string | true
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
