import type { LogOptionTable } from '@slm-audit/core/journal'

/** What `createAuditLog` takes of the SQLite database, beside the options of every log. */
export const DATABASE_OPTIONS = {
  file: {
    takes: 'text',
    says: 'the database; unless given, `SLM_AUDIT_FILE`, else `./.slm-audit/audit.db`'
  },
  durability: {
    takes: 'word',
    of: ['memory', 'process', 'disk'],
    unless: 'process',
    says: 'what a call survives once it is answered: `memory` nothing for sure, `process` any end of the process, at any moment, `disk` the loss of power as well; with `disk` the answer waits for the disk, and `mode` is `blocking` unless given'
  },
  key: {
    takes: 'other',
    type: 'KeySource',
    says: 'what signs the log: a file (`<file>.key`, made where it is missing) unless given'
  },
  checkpoints: {
    takes: 'other',
    type: 'Partial<CheckpointSchedule>',
    says: 'when the log signs a checkpoint; every 1,000 records and 5 seconds unless given'
  },
  anchors: {
    takes: 'list',
    type: 'readonly Anchor[]',
    says: 'where signed checkpoints are kept out of reach of whoever can write the database'
  },
  stateFolder: {
    takes: 'other',
    type: 'boolean',
    says: "whether the newest signed head is kept in the user's state folder as well; true unless given"
  },
  encryption: {
    takes: 'other',
    type: 'DatabaseEncryption',
    says: 'how the log is encrypted: `key` is that of the database, `{ file }`, `{ env }` or a function that gives bytes; `contents: { keys }` encrypts contents with a key for each data subject; it is plain unless given'
  },
  anomalies: {
    takes: 'other',
    type: 'boolean | AnomalyOptions',
    says: "whether the journal's thread looks for what is not as usual; `{ onAnomaly, webhook, detectors }` says who hears of it; nobody looks unless given"
  },
  readAudit: {
    takes: 'other',
    type: 'boolean',
    says: 'whether the log records who reads contents, exports, proves and verifies, whichever program does; a log that was opened so once keeps it; false unless given'
  },
  retention: {
    takes: 'other',
    type: 'RetentionSchedule',
    says: 'runs retention beside the application: `true` once a day, or `{ everyHours }`; the policy says how long records are kept; not unless given'
  },
  coldAfter: {
    takes: 'other',
    type: 'string | false',
    says: 'how old records are that are compressed beside the application: `30d` unless given, `12h`, `4w`; `false` for never'
  }
} as const satisfies LogOptionTable
