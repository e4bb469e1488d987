import { AuditError, parseRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { MIGRATIONS } from './migrations/migrations.ts'

/** Marks a SQLite file as an audit log: "slma" in ASCII. */
const APPLICATION_ID = 0x736c6d61

/** Most contents of one record, as `seal` sees to; a content's row id is index × this + ordinal, so no index is needed. */
export const CONTENTS_PER_RECORD = 64

/** Page size in bytes: prompts fit whole, which is faster and smaller than the default of 4,096. */
export const PAGE_SIZE = 16_384

/** The schema version that this package writes. */
const SCHEMA_VERSION = MIGRATIONS.length

/**
 * Brings an open database to the newest schema. Several processes may do so at once. Throws
 * AuditError `journal_newer` for a file of a later version, `journal_damaged` for one that is no
 * audit log.
 */
export function migrate(database: Database, file: string, origin: string): void {
  checkFormat(database, file)
  if (versionOf(database) === SCHEMA_VERSION) return
  database
    .transaction(() => {
      const version = versionOf(database)
      for (const { sql, fill } of MIGRATIONS.slice(version)) {
        database.exec(sql)
        fill?.(database)
      }
      if (version === 0) {
        database.pragma(`application_id = ${APPLICATION_ID}`)
        database.prepare('INSERT INTO meta VALUES (?, ?)').run('origin', origin)
      }
      database.pragma(`user_version = ${SCHEMA_VERSION}`)
    })
    .immediate()
}

/** Refuses what this package cannot read; an empty database passes. */
export function checkFormat(database: Database, file: string): void {
  // Another process may begin the log between two of these: its tables come with the mark, so the mark is read after them.
  const isEmpty = database.prepare('SELECT count(*) FROM sqlite_schema').pluck().get() === 0
  const application = Number(database.pragma('application_id', { simple: true }))
  const version = versionOf(database)
  if (application !== APPLICATION_ID && !isEmpty) {
    throw new AuditError(
      'journal_damaged',
      `${file} is a SQLite database, but no audit log; name another file`
    )
  }
  if (version > SCHEMA_VERSION) {
    throw new AuditError(
      'journal_newer',
      `${file} has schema version ${version}, this slm-audit knows ${SCHEMA_VERSION}; update slm-audit`
    )
  }
}

/** Refuses a database in which no log has begun, as there is nothing to read. */
export function checkBegun(database: Database, file: string): void {
  if (versionOf(database) > 0) return
  throw new AuditError(
    'journal_unavailable',
    `${file} is empty, no audit log has begun in it; run the application that writes it, or name another file`
  )
}

/**
 * The origin that the log was made with: as its first record says, since what else stands in the file decides about
 * nothing; as it was noted, while there is no record.
 */
export function originOf(database: Database): string {
  return originInRecords(database) ?? notedOrigin(database)
}

/** Whether another origin is noted than the records have. */
export function isOriginWrong(database: Database): boolean {
  const origin = originInRecords(database)
  return origin !== undefined && notedOrigin(database) !== origin
}

/** Notes the origin that the records have. */
export function noteOrigin(database: Database): void {
  database.prepare('INSERT OR REPLACE INTO meta VALUES (?, ?)').run('origin', originOf(database))
}

/** The origin as it was noted, which verification holds the records to; `undefined`, in words, where the note is gone. */
export function notedOrigin(database: Database): string {
  return String(database.prepare('SELECT value FROM meta WHERE name = ?').pluck().get('origin'))
}

function originInRecords(database: Database): string | undefined {
  const header = database.prepare('SELECT header FROM records WHERE idx = 0').pluck().get()
  try {
    const { origin } = parseRecord({ header: String(header) }).log
    return typeof origin === 'string' && origin !== '' ? origin : undefined
  } catch {
    // No record, or one that verification finds damaged.
    return undefined
  }
}

function versionOf(database: Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}
