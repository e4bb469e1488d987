import type { Database } from '../../driver/database.ts'
import { growTree } from '../tree.ts'
import { dropEmptyIndex } from './old-index.ts'

/** A step from one version of the schema to the next. */
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
export const MIGRATIONS: readonly Migration[] = [
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
  },
  {
    name: 'what is cold is compressed: headers, contents and parts whose row names a block are in that block',
    sql: `
      CREATE TABLE blocks (
        id INTEGER PRIMARY KEY, of TEXT NOT NULL, rows BLOB NOT NULL, bytes BLOB NOT NULL
      );
      ALTER TABLE records ADD COLUMN block INTEGER;
      ALTER TABLE contents ADD COLUMN block INTEGER;
      ALTER TABLE parts ADD COLUMN block INTEGER;
      ${noUpdate('blocks')}
      ${noDelete('blocks')}
      ${noReplace('blocks', 'id')}
    `
  }
]
