import {
  type Anchor,
  AuditError,
  type AuditLog,
  type AuditLogOptions as CoreOptions,
  createAuditLog as createCoreLog
} from '@slm-audit/core'
import { refuseUnknown } from '@slm-audit/core/journal'
import { nodePlatform } from '@slm-audit/core/node'
import {
  type CheckpointSchedule,
  type Durability,
  type KeySource,
  sqliteJournal
} from '@slm-audit/sqlite'

/** Where records go unless told otherwise, relative to the working directory. */
export const DEFAULT_FILE = '.slm-audit/audit.db'

/** Options of `createAuditLog`; all may be left out. */
export interface AuditLogOptions extends Omit<CoreOptions, 'journal'> {
  /** The database; `SLM_AUDIT_FILE`, else ./.slm-audit/audit.db unless given. */
  readonly file?: string
  /**
   * What a call survives once it is answered: `memory` nothing for sure, `process` (the default) any end
   * of the process, at any moment, `disk` the loss of power as well. With `disk` the answer waits for
   * the disk: `mode` is then `blocking` unless given.
   */
  readonly durability?: Durability
  /** What signs the log: a file (`<file>.key`, made where it is missing) unless given. */
  readonly key?: KeySource
  /** When the log signs a checkpoint; every 1,000 records and 5 seconds unless given. */
  readonly checkpoints?: Partial<CheckpointSchedule>
  /** Where signed checkpoints are kept out of reach of whoever can write the database. */
  readonly anchors?: readonly Anchor[]
  /** Another journal in place of the SQLite database. */
  readonly journal?: CoreOptions['journal']
}

const KNOWN = [
  'file',
  'durability',
  'journal',
  'key',
  'checkpoints',
  'anchors',
  'exporters',
  'service',
  'version',
  'environment',
  'phase',
  'mode',
  'deadlineMs',
  'windowMs',
  'batchSize',
  'maxRecords',
  'maxBytes',
  'maxContentLength',
  'media',
  'traceContext',
  'onProblem',
  'platform'
]

/**
 * Opens an audit log, in a SQLite database unless another journal is given. Dispose it
 * (`await using`) or `close()` it at the end; a script that just ends, or exits, loses nothing.
 *
 * Rejects with AuditError: `bad_option` for an option it does not know, `journal_unavailable` for
 * a path it cannot write, `journal_newer` or `journal_damaged` for a file it cannot use.
 */
export async function createAuditLog(options: AuditLogOptions = {}): Promise<AuditLog> {
  refuseUnknown('createAuditLog', options, KNOWN)
  const { file = defaultFile(), durability = 'process', journal, ...more } = options
  const { key, checkpoints, anchors, ...rest } = more
  const waits = durability === 'disk'
  const core = {
    platform: nodePlatform(),
    ...(waits && { mode: 'blocking' as const }),
    ...rest
  }
  if (journal) {
    refuseBoth(options)
    return createCoreLog({ ...core, journal })
  }
  const ours = await sqliteJournal({ file, durability, ...given({ key, checkpoints, anchors }) })
  try {
    return createCoreLog({ ...core, journal: ours })
  } catch (error) {
    await ours[Symbol.asyncDispose]()
    throw error
  }
}

/** What is said of the SQLite journal means nothing where another is given. */
const OF_SQLITE = ['file', 'durability', 'key', 'checkpoints', 'anchors'] as const

function refuseBoth(options: AuditLogOptions): void {
  const given = OF_SQLITE.find((name) => options[name] !== undefined)
  if (given === undefined) return
  throw new AuditError(
    'bad_option',
    `${given} is an option of the SQLite database, and journal takes its place; leave out one of them, or give ${given} to the journal`
  )
}

/** The options that are set. */
function given<T extends object>(options: T): { [Name in keyof T]: NonNullable<T[Name]> } {
  const entries = Object.entries(options).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [Name in keyof T]: NonNullable<T[Name]> }
}

/** The database that the command line and `createAuditLog` use when none is named. */
export function defaultFile(): string {
  return process.env.SLM_AUDIT_FILE || DEFAULT_FILE
}
