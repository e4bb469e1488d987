import type { LogOptionTable } from '@slm-audit/core/journal'

/** What `createAuditLog` takes of the SQLite database, beside the options of every log. */
export const DATABASE_OPTIONS = {
  file: {
    takes: 'text',
    says: 'the database; unless given, `SLM_AUDIT_FILE`, else `./.slm-audit/audit.db`'
  },
  durability: {
    takes: 'word',
    of: ['memory', 'process', 'record', 'disk'],
    unless: 'process',
    says: 'what a stored record survives: `memory` nothing for sure, `process` the end of the process in any way, but for the last 20 ms before a kill, `record` a kill without loss of any answered call, `disk` the loss of power as well; with `record` and `disk` the answer waits for its record'
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
  }
} as const satisfies LogOptionTable
