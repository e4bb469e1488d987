import { AuditError } from '@slm-audit/core/journal'
import type { Connection } from '../connection/connection.ts'
import type { Place } from '../connection/connection-options.ts'
import { setArriving } from './arriving.ts'
import { keyTables } from './contents/key-tables.ts'
import { guards, leftOver } from './guards.ts'

interface Migration {
  readonly name: string
  readonly sql: (schema: string) => string
}

/** Forward migrations in order; the row `version` of `meta` says how many a schema has had. */
const MIGRATIONS: readonly Migration[] = [
  {
    name: 'evidence, the index over calls, and what guards the evidence',
    sql: (s) => `
      CREATE TABLE ${s}.records (
        idx bigint PRIMARY KEY,
        audit_id text COLLATE "C" NOT NULL,
        stage text COLLATE "C" NOT NULL,
        month date NOT NULL,
        header text COLLATE "C" NOT NULL,
        UNIQUE (audit_id, stage)
      );
      CREATE INDEX key_records ON ${s}.records (idx)
        WHERE stage = 'event' AND strpos(header, '"kind":"key.added"') > 0;
      CREATE FUNCTION ${s}.key_headers() RETURNS TABLE (header text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
          SELECT header FROM ${s}.records
            WHERE stage = 'event' AND strpos(header, '"kind":"key.added"') > 0 ORDER BY idx DESC
        $$;
      CREATE TABLE ${s}.contents (
        idx bigint NOT NULL, ordinal smallint NOT NULL, month date NOT NULL,
        name text NOT NULL, type text NOT NULL,
        salt bytea NOT NULL, body bytea, parts bigint[], at integer,
        PRIMARY KEY (idx, ordinal, month)
      ) PARTITION BY RANGE (month);
      CREATE TABLE ${s}.parts (
        id bigint NOT NULL, month date NOT NULL, salt bytea NOT NULL, body bytea,
        PRIMARY KEY (id, month)
      ) PARTITION BY RANGE (month);
      CREATE TABLE ${s}.tiles (
        level smallint NOT NULL, n bigint NOT NULL, hashes bytea NOT NULL, PRIMARY KEY (level, n)
      );
      ALTER TABLE ${s}.tiles ALTER COLUMN hashes SET STORAGE EXTERNAL;
      CREATE TABLE ${s}.checkpoints (
        size bigint PRIMARY KEY, signed_at timestamptz NOT NULL DEFAULT now(), note text NOT NULL
      );
      CREATE TABLE ${s}.cosignatures (size bigint NOT NULL, line text NOT NULL, PRIMARY KEY (size, line));
      CREATE TABLE ${s}.spools (id text PRIMARY KEY, place text NOT NULL);
      CREATE TABLE ${s}.writers (id text PRIMARY KEY, since timestamptz NOT NULL DEFAULT now());
      CREATE TABLE ${s}.exporters (
        name text PRIMARY KEY, next bigint, state text, holder text, held_until timestamptz
      );
      CREATE TABLE ${s}.set_aside (
        exporter text NOT NULL, idx bigint NOT NULL, at text NOT NULL, reason text NOT NULL,
        PRIMARY KEY (exporter, idx)
      );

      CREATE FUNCTION ${s}.make_partitions(of date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
        DECLARE suffix text := to_char(of, 'YYYY_MM'); tab text;
        BEGIN
          FOREACH tab IN ARRAY ARRAY['contents', 'parts', 'texts'] LOOP
            EXECUTE format('CREATE TABLE IF NOT EXISTS ${s}.%I PARTITION OF ${s}.%I FOR VALUES FROM (%L) TO (%L)',
              tab || '_' || suffix, tab, date_trunc('month', of)::date,
              (date_trunc('month', of) + interval '1 month')::date);
          END LOOP;
        END $$;
      ${derived(s)}
      ${guards(s)}`
  },
  {
    name: 'values that are longer than an index takes, in what is derived',
    sql: (s) => `
      CREATE FUNCTION ${s}.digest_of(text) RETURNS bytea LANGUAGE sql IMMUTABLE SET search_path = pg_catalog
        AS $$ SELECT sha256(convert_to($1, 'UTF8')) $$;
      ALTER TABLE ${s}.rollups DROP CONSTRAINT rollups_pkey;
      CREATE UNIQUE INDEX rollups_of ON ${s}.rollups (dimension, hour, ${s}.digest_of(value));
      ALTER TABLE ${s}.facets DROP CONSTRAINT facets_pkey;
      CREATE UNIQUE INDEX facets_of ON ${s}.facets (facet, ${s}.digest_of(value));`
  },
  {
    name: 'records of what the log says of its readers and holds; no statistics of what contents say',
    sql: (s) => `
      CREATE INDEX audited_records ON ${s}.records (idx)
        WHERE stage = 'event' AND strpos(header, '"kind":"access.audited"') > 0;
      CREATE INDEX hold_records ON ${s}.records (idx)
        WHERE stage = 'event' AND strpos(header, '"kind":"hold.') > 0;
      CREATE FUNCTION ${s}.audited_headers() RETURNS TABLE (header text)
        LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog AS $$
          SELECT header FROM ${s}.records
            WHERE stage = 'event' AND strpos(header, '"kind":"access.audited"') > 0 ORDER BY idx
        $$;
      ALTER TABLE ${s}.calls ALTER COLUMN question SET STATISTICS 0, ALTER COLUMN answer SET STATISTICS 0;
      ALTER TABLE ${s}.contents ALTER COLUMN body SET STATISTICS 0;
      ALTER TABLE ${s}.parts ALTER COLUMN body SET STATISTICS 0;
      ALTER TABLE ${s}.texts ALTER COLUMN body SET STATISTICS 0;
      CREATE OR REPLACE FUNCTION ${s}.make_partitions(of date) RETURNS void
        LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog AS $$
        DECLARE tab text; part text;
        BEGIN
          FOREACH tab IN ARRAY ARRAY['contents', 'parts', 'texts'] LOOP
            part := tab || '_' || to_char(of, 'YYYY_MM');
            CONTINUE WHEN to_regclass(format('${s}.%I', part)) IS NOT NULL;
            EXECUTE format('CREATE TABLE ${s}.%I PARTITION OF ${s}.%I FOR VALUES FROM (%L) TO (%L)',
              part, tab, date_trunc('month', of)::date,
              (date_trunc('month', of) + interval '1 month')::date);
            EXECUTE format('ALTER TABLE ${s}.%I ALTER COLUMN body SET STATISTICS 0', part);
          END LOOP;
        END $$;`
  },
  {
    name: 'records of what retention took',
    sql: (s) => `
      CREATE INDEX aging_records ON ${s}.records (idx) WHERE stage = 'event'
        AND (strpos(header, '"kind":"contents.expired"') > 0 OR strpos(header, '"kind":"records.pruned"') > 0);`
  },
  { name: 'rows of contents and parts go with the records that they were of', sql: leftOver },
  { name: 'keys of contents by data subject, and pseudonyms', sql: keyTables }
]

/** What is derived from the evidence, so that calls are found: it may be dropped and made again. */
function derived(s: string): string {
  return `
    CREATE TABLE ${s}.index_state (one boolean PRIMARY KEY CHECK (one), reached bigint NOT NULL);
    INSERT INTO ${s}.index_state VALUES (true, 0);
    CREATE TABLE ${s}.calls (
      id bigint PRIMARY KEY, last_idx bigint NOT NULL, audit_id text COLLATE "C" NOT NULL UNIQUE,
      month date NOT NULL, received_at bigint NOT NULL,
      kind text, stage text, provider text, model text, answered_model text, operation text,
      session text, "user" text, tenant text, parent text, service text, version text,
      duration_ms float8, first_chunk_ms float8, input_tokens float8, output_tokens float8,
      tokens float8, confidence float8, error_type text, flags integer NOT NULL,
      question text, answer text, tool text, scores jsonb,
      header jsonb NOT NULL, facets text[] COLLATE "C" NOT NULL, keys text[] COLLATE "C" NOT NULL
    );
    CREATE INDEX calls_keys ON ${s}.calls USING gin (keys);
    CREATE INDEX calls_received ON ${s}.calls (received_at);
    CREATE TABLE ${s}.texts (
      id bigint NOT NULL, month date NOT NULL, body text COLLATE "C" NOT NULL,
      words tsvector NOT NULL, is_cut boolean NOT NULL,
      PRIMARY KEY (id, month)
    ) PARTITION BY RANGE (month);
    CREATE INDEX texts_words ON ${s}.texts USING gin (words);
    CREATE TABLE ${s}.rollups (
      dimension text NOT NULL, value text COLLATE "C" NOT NULL, hour bigint NOT NULL, data jsonb NOT NULL,
      PRIMARY KEY (dimension, value, hour)
    );
    CREATE TABLE ${s}.annotations (idx bigint PRIMARY KEY, about text COLLATE "C" NOT NULL);
    CREATE INDEX annotations_about ON ${s}.annotations (about);
    CREATE TABLE ${s}.facets (
      facet text NOT NULL, value text COLLATE "C" NOT NULL, calls bigint NOT NULL,
      PRIMARY KEY (facet, value)
    );`
}

/** The schema version that this package writes. */
export const SCHEMA_VERSION = MIGRATIONS.length

/** The version from which a schema has keys of contents. */
const KEYS_VERSION = MIGRATIONS.findIndex(({ sql }) => sql === keyTables) + 1
/** Places whose schema was seen to have them: it keeps them. */
const withKeyTables = new WeakSet<Place>()

/**
 * Whether a schema has the tables and columns of keys of contents. One of an earlier version has not, and can be read all the same: an
 * application that writes it brings it up to date. Rejects with AuditError.
 */
export async function hasKeyTables(connection: Connection): Promise<boolean> {
  const { place } = connection
  if (withKeyTables.has(place)) return true
  if (((await versionOf(connection)) ?? 0) < KEYS_VERSION) return false
  withKeyTables.add(place)
  return true
}

/** The column that names the key of a content or a part, or what stands for it in a schema of an earlier version. Rejects with AuditError. */
export async function keyColumn(connection: Connection): Promise<string> {
  return (await hasKeyTables(connection)) ? 'key' : 'NULL::bigint AS key'
}

/** Rejects with AuditError `journal_unavailable` for a schema of an earlier version, which whoever changes the log must not meet. */
export async function checkCurrent(connection: Connection): Promise<void> {
  const { schema } = connection
  const version = (await versionOf(connection)) ?? 0
  if (version === SCHEMA_VERSION) return
  const message = `the schema ${schema} has version ${version}, and what adds to the log takes ${SCHEMA_VERSION}; start an application of this version first, as the owner of the schema`
  throw new AuditError('journal_unavailable', message)
}

/** A large log is read as a whole for a new index. */
const MIGRATION_MS = 60 * 60 * 1000
/** How long others wait for it at a time: shorter than for an answer, so that no session is left behind. */
const WAIT_MS = 30_000

/** Orders the writers of a log: one at a time appends. A number of the schema's name. */
export const lockOf = (s: string): string => `hashtextextended('slm-audit ${s}', 1)`

/**
 * Brings a schema to the newest version, and begins the log there is none of. Several processes may do so at
 * once. Rejects with AuditError `journal_newer` for a schema of a later version, `journal_damaged` for one that
 * holds something else, `bad_option` where the log has another name.
 *
 * @param isArriving Whether a log that begins here is going to be copied, and takes no calls until then.
 */
export async function migrate(
  connection: Connection,
  origin: string,
  isArriving = false
): Promise<void> {
  const { schema } = connection
  const found = await versionOf(connection)
  checkVersion(schema, found)
  if (found !== SCHEMA_VERSION) {
    await connection.transaction(
      async () => {
        const version = (await versionOf(connection)) ?? 0
        if (version === 0) await begin(connection, origin)
        if (version === 0 && isArriving) await setArriving(connection, true)
        for (const { sql } of MIGRATIONS.slice(version))
          await connection.script(sql(schema), MIGRATION_MS)
        const row = [String(SCHEMA_VERSION)]
        await connection.run(`UPDATE ${schema}.meta SET value = $1 WHERE name = 'version'`, row)
      },
      `BEGIN; SET LOCAL lock_timeout = ${WAIT_MS}; SELECT pg_advisory_xact_lock(${lockOf(schema)})`
    )
  }
  const stored = await originOf(connection)
  if (stored === origin) return
  throw new AuditError(
    'bad_option',
    `the schema ${schema} holds the log ${stored}, not ${origin}; give that origin, or another schema`
  )
}

async function begin(connection: Connection, origin: string): Promise<void> {
  const { schema } = connection
  await connection.script(`CREATE SCHEMA IF NOT EXISTS ${schema};
    CREATE TABLE ${schema}.meta (name text PRIMARY KEY, value text NOT NULL)`)
  const rows = ['origin', origin, 'version', '0', 'erasures', '0', 'application', 'slm-audit']
  await connection.run(
    `INSERT INTO ${schema}.meta VALUES ($1, $2), ($3, $4), ($5, $6), ($7, $8)`,
    rows
  )
}

/** Refuses what this package cannot read. Rejects with AuditError as `migrate`, and `journal_unavailable` where no log has begun. */
export async function checkReadable(connection: Connection): Promise<void> {
  const { schema } = connection
  const version = await versionOf(connection)
  checkVersion(schema, version)
  if (version !== undefined) return
  throw new AuditError(
    'journal_unavailable',
    `the schema ${schema} holds no audit log yet; run the application that writes it, or name another schema`
  )
}

/** The name that the log was begun with. */
export async function originOf(connection: Connection): Promise<string> {
  const sql = `SELECT value FROM ${connection.schema}.meta WHERE name = 'origin'`
  const [row] = await connection.rows(sql)
  return String(row?.value)
}

function checkVersion(schema: string, version: number | undefined): void {
  if (version === undefined || version <= SCHEMA_VERSION) return
  const message = `the schema ${schema} has version ${version}, this slm-audit knows ${SCHEMA_VERSION}; update slm-audit`
  throw new AuditError('journal_newer', message)
}

/** The version of a schema; `undefined` where there is no log. */
async function versionOf(connection: Connection): Promise<number | undefined> {
  const { schema } = connection
  const [there] = await connection.rows('SELECT to_regclass($1) IS NOT NULL AS is_there', [
    `${schema}.meta`
  ])
  if (!there?.is_there) return undefined
  const sql = `SELECT value FROM ${schema}.meta WHERE name = 'version'
    AND EXISTS (SELECT 1 FROM ${schema}.meta WHERE value = 'slm-audit')`
  const [row] = await connection.rows(sql)
  if (row) return Number(row.value)
  const message = `the schema ${schema} holds tables, but no audit log; name another schema`
  throw new AuditError('journal_damaged', message)
}
