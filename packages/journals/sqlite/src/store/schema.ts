import { AuditError, parseRecord } from '@slm-audit/core/journal'
import type { Database } from '../driver/database.ts'
import { dropEmptyIndex } from './old-index.ts'
import { growTree } from './tree.ts'

/** Marks a SQLite file as an audit log: "slma" in ASCII. */
const APPLICATION_ID = 0x736c6d61

/** Most contents of one record, as `seal` sees to; a content's row id is index × this + ordinal, so no index is needed. */
export const CONTENTS_PER_RECORD = 64

/** Page size in bytes: prompts fit whole, which is faster and smaller than the default of 4,096. */
export const PAGE_SIZE = 16_384

interface Migration {
  readonly name: string
  readonly sql: string
  /** What SQL alone cannot do, afterwards. */
  readonly fill?: (database: Database) => void
}

/** The `parent` of a record, as the index on events has it; queries must ask in the same words. */
export const PARENT_OF = "CASE WHEN json_valid(header) THEN json_extract(header, '$.parent') END"

/** What a trigger does that guards the evidence. */
const REFUSE = "BEGIN SELECT RAISE(ABORT, 'the audit log is append-only'); END;"

const noUpdate = (table: string) =>
  `CREATE TRIGGER ${table}_no_update BEFORE UPDATE ON ${table} ${REFUSE}`
const noDelete = (table: string) =>
  `CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${table} ${REFUSE}`
/** An insert that replaces a row fires no trigger of deletes. */
const noReplace = (table: string, key: string) =>
  `CREATE TRIGGER ${table}_no_replace BEFORE INSERT ON ${table}
        WHEN EXISTS (SELECT 1 FROM ${table} WHERE ${key} = NEW.${key}) ${REFUSE}`

/** Forward migrations in order; a file's `user_version` says how many it has had. */
const MIGRATIONS: readonly Migration[] = [
  {
    name: 'records, contents, the index over calls, full-text search',
    sql: `
      CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

      CREATE TABLE records (
        idx INTEGER PRIMARY KEY,
        audit_id TEXT NOT NULL,
        stage TEXT NOT NULL,
        leaf_hash BLOB NOT NULL,
        header TEXT NOT NULL,
        UNIQUE (audit_id, stage)
      );
      CREATE TABLE contents (
        id INTEGER PRIMARY KEY,
        name TEXT NOT NULL,
        type TEXT NOT NULL,
        salt BLOB NOT NULL,
        body BLOB
      );

      CREATE TABLE calls (
        id INTEGER PRIMARY KEY,
        audit_id TEXT NOT NULL,
        last_idx INTEGER NOT NULL,
        writer TEXT NOT NULL,
        kind TEXT NOT NULL,
        stage TEXT NOT NULL,
        received_at INTEGER NOT NULL,
        provider TEXT, model TEXT, answered_model TEXT, operation TEXT,
        session TEXT, user TEXT, tenant TEXT, parent TEXT,
        duration_ms REAL, input_tokens INTEGER, output_tokens INTEGER, error_type TEXT
      );
      CREATE INDEX calls_by_session ON calls (session) WHERE session IS NOT NULL;
      CREATE INDEX calls_by_user ON calls (user) WHERE user IS NOT NULL;
      CREATE INDEX calls_by_model ON calls (model) WHERE model IS NOT NULL;
      CREATE INDEX open_calls ON calls (writer) WHERE stage = 'received';
      CREATE TABLE tags (
        name TEXT NOT NULL, value TEXT NOT NULL, call INTEGER NOT NULL,
        PRIMARY KEY (name, value, call)
      ) WITHOUT ROWID;
      CREATE VIRTUAL TABLE texts USING fts5 (
        body, content = '', contentless_delete = 1, tokenize = 'unicode61 remove_diacritics 2'
      );

      ${noUpdate('records')}
      ${noDelete('records')}
      CREATE TRIGGER records_no_replace BEFORE INSERT ON records
        WHEN EXISTS (SELECT 1 FROM records WHERE idx = NEW.idx)
          OR EXISTS (SELECT 1 FROM records WHERE audit_id = NEW.audit_id AND stage = NEW.stage)
        ${REFUSE}
      ${noUpdate('contents')}
      ${noDelete('contents')}
      ${noReplace('contents', 'id')}
    `
  },
  {
    name: 'the tree in tiles instead of leaf hashes in rows, signed checkpoints',
    sql: `
      CREATE TABLE tiles (id INTEGER PRIMARY KEY, hashes BLOB NOT NULL);
      CREATE TABLE checkpoints (
        size INTEGER PRIMARY KEY, signed_at INTEGER NOT NULL, note TEXT NOT NULL
      );
      CREATE TABLE cosignatures (
        size INTEGER NOT NULL, line TEXT NOT NULL, PRIMARY KEY (size, line)
      ) WITHOUT ROWID;
      CREATE INDEX key_records ON calls (id) WHERE kind = 'key.added';
      ALTER TABLE records DROP COLUMN leaf_hash;

      CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON tiles
        WHEN NEW.id <> OLD.id OR length(NEW.hashes) > 8192
          OR substr(NEW.hashes, 1, length(OLD.hashes)) <> OLD.hashes
        ${REFUSE}
      ${noDelete('tiles')}
      ${noReplace('tiles', 'id')}
      ${noUpdate('checkpoints')}
      ${noDelete('checkpoints')}
      ${noReplace('checkpoints', 'size')}
      DROP TRIGGER records_no_replace;
      CREATE TRIGGER records_in_order BEFORE INSERT ON records
        WHEN NEW.idx <> (SELECT coalesce(max(idx) + 1, 0) FROM records)
          OR EXISTS (SELECT 1 FROM records WHERE audit_id = NEW.audit_id AND stage = NEW.stage)
        ${REFUSE}
    `,
    fill: growTree
  },
  {
    name: 'exporters: where each is, and what its other end refused',
    sql: `
      CREATE TABLE exporters (
        name TEXT PRIMARY KEY, next INTEGER NOT NULL, state TEXT NOT NULL
      ) WITHOUT ROWID;
      CREATE TABLE set_aside (
        exporter TEXT NOT NULL, idx INTEGER NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
        PRIMARY KEY (exporter, idx)
      ) WITHOUT ROWID;
    `
  },
  {
    name: 'texts are indexed as tokens, so that words of all scripts are found: all again',
    sql: `
      INSERT INTO texts (texts) VALUES ('delete-all');
      UPDATE meta SET value = '0' WHERE name = 'indexed';
    `
  },
  {
    name: 'the index in a file of its own; which calls are open, and whose they are',
    sql: `
      CREATE TABLE calls_in_flight (audit_id TEXT PRIMARY KEY, writer TEXT NOT NULL) WITHOUT ROWID;
      INSERT INTO calls_in_flight SELECT audit_id, writer FROM calls WHERE stage = 'received';
      DELETE FROM meta WHERE name = 'indexed';
    `,
    fill: dropEmptyIndex
  },
  {
    name: 'contents in parts: what a conversation repeats is stored once',
    sql: `
      CREATE TABLE parts (id INTEGER PRIMARY KEY, salt BLOB NOT NULL, body BLOB);
      ALTER TABLE contents ADD COLUMN list BLOB;
      INSERT INTO meta VALUES ('erasures', '0');

      ${noUpdate('parts')}
      ${noDelete('parts')}
      ${noReplace('parts', 'id')}
      CREATE TRIGGER parts_erased AFTER UPDATE ON parts
        BEGIN UPDATE meta SET value = value + 1 WHERE name = 'erasures'; END;
    `
  },
  {
    name: 'how far each spool has become evidence',
    sql: 'CREATE TABLE spools (id TEXT PRIMARY KEY, place TEXT NOT NULL) WITHOUT ROWID;'
  },
  {
    name: 'annotations are found by what they are about',
    sql: `CREATE INDEX events_about ON records (${PARENT_OF}) WHERE stage = 'event';`
  },
  {
    name: 'what retention took: `first` to before `last`',
    sql: `CREATE TABLE aged (
      kind TEXT NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, PRIMARY KEY (kind, first)
    ) WITHOUT ROWID`
  },
  {
    name: 'contents that are encrypted, and the wrapped keys of their subjects: `wrapped` is gone once one is destroyed',
    sql: `
      CREATE TABLE content_keys (
        id INTEGER PRIMARY KEY, name TEXT NOT NULL UNIQUE, subject BLOB, period TEXT NOT NULL,
        wrapped_by TEXT NOT NULL, wrapped BLOB
      );
      CREATE INDEX content_keys_by_subject ON content_keys (subject, period) WHERE subject IS NOT NULL;
      ALTER TABLE contents ADD COLUMN key INTEGER;
      ALTER TABLE parts ADD COLUMN key INTEGER;
      ${noDelete('content_keys')}
    `
  },
  {
    name: 'what users are called in headers, by a keyed digest of each',
    sql: 'CREATE TABLE pseudonyms (digest BLOB PRIMARY KEY, name TEXT NOT NULL UNIQUE) WITHOUT ROWID;'
  },
  {
    name: 'what tells the data key of contents from any other',
    sql: 'ALTER TABLE content_keys ADD COLUMN check_value BLOB;'
  }
]

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
