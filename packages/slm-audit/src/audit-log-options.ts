// Made by `pnpm run generate` from a table of options.

import type { Anchor, AuditLogOptions as CoreOptions } from '@slm-audit/core'
import type { CheckpointSchedule, KeySource } from '@slm-audit/sqlite'

/** Options of `createAuditLog`; all may be left out. */
export interface AuditLogOptions extends Omit<CoreOptions, 'journal'> {
  /** The database; unless given, `SLM_AUDIT_FILE`, else `./.slm-audit/audit.db`. */
  readonly file?: string
  /** What a stored record survives: `memory` nothing for sure, `process` the end of the process in any way, but for the last 20 ms before a kill, `record` a kill without loss of any answered call, `disk` the loss of power as well; with `record` and `disk` the answer waits for its record. `process` unless given. */
  readonly durability?: 'memory' | 'process' | 'record' | 'disk'
  /** What signs the log: a file (`<file>.key`, made where it is missing) unless given. */
  readonly key?: KeySource
  /** When the log signs a checkpoint; every 1,000 records and 5 seconds unless given. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
  /** Another journal in place of the SQLite database. */
  readonly journal?: CoreOptions['journal']
}
