import { AuditError, type AuditLog, createAuditLog as createCoreLog } from '@slm-audit/core'
import { LOG_OPTIONS, refuseUnknown } from '@slm-audit/core/journal'
import { nodePlatform } from '@slm-audit/core/node'
import { sqliteJournal } from '@slm-audit/sqlite'
import type { AuditLogOptions } from './audit-log-options.ts'
import { DEFAULT_FILE, defaultFile } from './base/default-file.ts'
import { CONSOLE_OPTION } from './console/console-option.ts'
import { DATABASE_OPTIONS } from './database-options.ts'
import { followPolicy, type PolicySource, policyOf } from './policy/policy-source.ts'

export type { AuditLogOptions } from './audit-log-options.ts'

const KNOWN = [DATABASE_OPTIONS, CONSOLE_OPTION, LOG_OPTIONS].flatMap((table) => Object.keys(table))

/**
 * Opens an audit log, in a SQLite database unless another journal is given. Dispose it
 * (`await using`) or `close()` it at the end; a script that just ends, or exits, loses nothing.
 *
 * Rejects with AuditError: `bad_option` for an option it does not know, `journal_unavailable` for
 * a path it cannot write, `bad_policy` for a policy it cannot use, `journal_newer` or `journal_damaged` for a file it cannot use.
 */
export async function createAuditLog(options: AuditLogOptions = {}): Promise<AuditLog> {
  refuseUnknown('createAuditLog', options, KNOWN)
  const {
    file = defaultFile(),
    durability = 'process',
    journal,
    policy,
    console,
    ...more
  } = options
  const {
    key,
    checkpoints,
    anchors,
    stateFolder,
    encryption,
    anomalies,
    readAudit,
    retention,
    coldAfter,
    ...rest
  } = more
  const source = await policyOf(policy, journal ? DEFAULT_FILE : file)
  const waits = durability === 'disk'
  const core = {
    platform: nodePlatform(),
    ...(waits && { mode: 'blocking' as const }),
    ...rest,
    ...(console !== undefined && { exporters: await withLines(console, rest.exporters) }),
    ...(source && { policy: source.policy })
  }
  if (journal) {
    refuseBoth(options)
    return following(createCoreLog({ ...core, journal }), source)
  }
  const signing = given({
    key,
    checkpoints,
    anchors,
    stateFolder,
    encryption,
    anomalies,
    readAudit,
    retention,
    coldAfter
  })
  const ours = await sqliteJournal({ file, durability, ...signing })
  try {
    return following(createCoreLog({ ...core, journal: ours }), source)
  } catch (error) {
    await ours[Symbol.asyncDispose]()
    throw error
  }
}

/** The exporters, and the one that writes lines, which is loaded where it is asked for. */
async function withLines(
  format: NonNullable<AuditLogOptions['console']>,
  exporters: AuditLogOptions['exporters'] = []
): Promise<NonNullable<AuditLogOptions['exporters']>> {
  const { checkConsole, consoleLines } = await import('./console/console-lines.ts')
  checkConsole(format)
  return [...exporters, consoleLines(format)]
}

function following(log: AuditLog, source: PolicySource | undefined): AuditLog {
  if (source?.file) followPolicy(log, source.file)
  return log
}

/** What is said of the SQLite journal means nothing where another is given. */
const OF_SQLITE = Object.keys(DATABASE_OPTIONS) as (keyof typeof DATABASE_OPTIONS)[]

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
