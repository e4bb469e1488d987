import {
  type AdminSigning,
  checkErase,
  checkRetention,
  type EraseOptions,
  type EraseReport,
  type Hold,
  type LogAdmin,
  noRetention,
  type PendingRetention,
  type RedactOptions,
  type RedactReport,
  type RetentionOptions,
  type RetentionReport,
  retentionOf
} from '@slm-audit/core/journal'
import { checkRedaction } from '@slm-audit/core/policy'
import type { RotationReport } from '@slm-audit/core/subjects'
import type { Connection } from './connection/connection.ts'
import { checkPlace, type PlaceOptions } from './connection/connection-options.ts'
import { ReadingPool } from './connection/reading-pool.ts'
import { type RotationOptions, rotatePostgresKeys } from './rotate-contents.ts'
import { checkReadable } from './store/schema.ts'
import { administer, administerSteps } from './upkeep/administer.ts'
import { annotate } from './upkeep/annotate.ts'
import { eraseStored, rehearseErasure } from './upkeep/erase-stored.ts'
import { activeHolds, addHold, releaseHold } from './upkeep/holds.ts'
import { redactStored, rehearseRedaction, secretOf } from './upkeep/redact-stored.ts'
import { newestRetention, RetentionRun, rehearseRetention } from './upkeep/retain-stored.ts'

/**
 * Looks after a log in PostgreSQL, as its owner or with the role of an admin (`rolesSql`). What it does is one transaction each:
 * all of it, or nothing; retention goes in steps that are one each.
 */
export interface PostgresAdmin extends LogAdmin {
  /** The holds that are in force. */
  holds(): Promise<readonly Hold[]>
  /** Wraps the data keys of contents with another key (`rotatePostgresKeys`). */
  rotate(options: Omit<RotationOptions, keyof AdminSigning>): Promise<RotationReport>
}

/**
 * An admin of a log in PostgreSQL; `signing` signs what it adds to the log. Connects when it is asked to do something. Its methods
 * reject with AuditError: `bad_option`, `journal_unavailable`, `journal_failed` where the user of the server lacks the rights,
 * `bad_key` for a key that is not the log's.
 */
export function openPostgresAdmin(place: PlaceOptions, signing: AdminSigning = {}): PostgresAdmin {
  checkPlace(place)
  return {
    erase: (options) => erase(place, { ...options, ...signing }),
    redact: (options) => redact(place, { ...options, ...signing }),
    hold: (options) => addHold(place, { ...options, ...signing }),
    release: (options) => releaseHold(place, { ...options, ...signing }),
    holds: () => reading(place, activeHolds),
    rotate: (options) => rotatePostgresKeys(place, { ...options, ...signing }),
    annotate: (options) => annotate(place, { ...options, ...signing }),
    plan: (options = {}) => plan(place, { ...options, ...signing }),
    retain: (options = {}) => retain(place, { ...options, ...signing })
  }
}

/** Spools are on the machines of their processes: nobody can tell from here whether calls wait in one. */
const NONE = { spoolsLeft: 0 }

async function erase(place: PlaceOptions, options: EraseOptions): Promise<EraseReport> {
  checkErase(options)
  const erased = options.dryRun
    ? await reading(place, (connection) => rehearseErasure(connection, options))
    : await administer(place, options, (log) => eraseStored(log, options))
  return { ...erased, ...NONE }
}

async function redact(place: PlaceOptions, options: RedactOptions): Promise<RedactReport> {
  checkRedaction(options)
  const redacted = options.dryRun
    ? await reading(place, (connection) => rehearseRedaction(connection, options))
    : await administer(place, options, (log) =>
        redactStored(log, options, secretOf(checkPlace(place), options))
      )
  return { ...redacted, ...NONE }
}

async function plan(place: PlaceOptions, options: RetentionOptions): Promise<RetentionReport> {
  checkRetention('plan', options)
  const report = await reading(place, async (connection) =>
    rehearseRetention(connection, await pendingOf(connection, options))
  )
  options.onProgress?.(report)
  return report
}

async function retain(place: PlaceOptions, options: RetentionOptions): Promise<RetentionReport> {
  checkRetention('retain', options)
  return await administerSteps(place, options, async (connection, transact) => {
    const run = new RetentionRun(connection, transact, await pendingOf(connection, options))
    for await (const _ of run.steps()) options.onProgress?.(run.report)
    return run.report
  })
}

async function pendingOf(
  connection: Connection,
  { policy, now = new Date() }: RetentionOptions
): Promise<PendingRetention> {
  const known = policy ? retentionOf(policy) : await newestRetention(connection)
  if (known) return { ...known, now: now.getTime() }
  throw noRetention(`the schema ${connection.schema}`)
}

/** Asks one state of a log, and writes nothing. */
async function reading<T>(
  place: PlaceOptions,
  ask: (connection: Connection) => Promise<T>
): Promise<T> {
  const pool = new ReadingPool(checkPlace(place))
  try {
    return await pool.read(async (connection) => {
      await checkReadable(connection)
      return await ask(connection)
    })
  } finally {
    await pool.close()
  }
}
