// Made by `pnpm run generate` from a table of options.

import type { Anchor, CommonLogOptions, Journal, PolicyDocument } from '@slm-audit/core'
import type { AnomalyOptions } from '@slm-audit/core/node'
import type {
  CheckpointSchedule,
  DatabaseEncryption,
  KeySource,
  RetentionSchedule
} from '@slm-audit/sqlite'

/** Options of `createAuditLog`; all may be left out. */
export interface AuditLogOptions extends CommonLogOptions {
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
  /** How the log is encrypted: `key` is that of the database, `{ file }`, `{ env }` or a function that gives bytes; `contents: { keys }` encrypts contents with a key for each data subject; it is plain unless given. */
  readonly encryption?: DatabaseEncryption
  /** Whether the journal's thread looks for what is not as usual; `{ onAnomaly, webhook, detectors }` says who hears of it; nobody looks unless given. */
  readonly anomalies?: boolean | AnomalyOptions
  /** Whether the log records who reads contents, exports, proves and verifies, whichever program does; a log that was opened so once keeps it; false unless given. */
  readonly readAudit?: boolean
  /** Runs retention beside the application: `true` once a day, or `{ everyHours }`; the policy says how long records are kept; not unless given. */
  readonly retention?: RetentionSchedule
  /** How old records are that are compressed beside the application: `30d` unless given, `12h`, `4w`; `false` for never. */
  readonly coldAfter?: string | false
  /** Another journal in place of the SQLite database. */
  readonly journal?: Journal
  /** A line on standard error for each call once it has ended and is stored: `pretty` for people, as `slm-audit list` shows it, `json` for programs; none unless given. */
  readonly console?: 'pretty' | 'json'
  /** A policy, the path of its file in YAML or JSON, or `true` for `slm-audit.policy.yaml` beside the journal; the file that `SLM_AUDIT_POLICY` names unless given. A file is read again when it changes. */
  readonly policy?: PolicyDocument | string | true
}
