import { PARTS_PER_RECORD } from './part-ids.ts'

/** The triggers that guard the evidence of a schema: it grows, and what is erased leaves a mark. */
export function guards(s: string): string {
  return `
    CREATE FUNCTION ${s}.refuse() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'SLM01'; END $$;

    CREATE FUNCTION ${s}.records_in_order() RETURNS trigger LANGUAGE plpgsql AS $$
      DECLARE first bigint; last bigint; added bigint; before bigint;
      BEGIN
        SELECT min(idx), max(idx), count(*) INTO first, last, added FROM new_rows;
        SELECT coalesce(max(idx) + 1, 0) INTO before FROM ${s}.records WHERE idx < first;
        IF added > 0 AND (first <> before OR last <> before + added - 1) THEN
          RAISE EXCEPTION 'the audit log is append-only: record % does not follow', first
            USING ERRCODE = 'SLM01';
        END IF;
        RETURN NULL;
      END $$;
    CREATE TRIGGER records_in_order AFTER INSERT ON ${s}.records
      REFERENCING NEW TABLE AS new_rows FOR EACH STATEMENT EXECUTE FUNCTION ${s}.records_in_order();

    CREATE FUNCTION ${s}.tiles_only_grow() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.level <> OLD.level OR NEW.n <> OLD.n OR octet_length(NEW.hashes) > 8192
          OR substr(NEW.hashes, 1, octet_length(OLD.hashes)) <> OLD.hashes THEN
          RAISE EXCEPTION 'the audit log is append-only: a tile only grows' USING ERRCODE = 'SLM01';
        END IF;
        RETURN NEW;
      END $$;
    CREATE TRIGGER tiles_only_grow BEFORE UPDATE ON ${s}.tiles
      FOR EACH ROW EXECUTE FUNCTION ${s}.tiles_only_grow();

    CREATE FUNCTION ${s}.only_erased() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF NEW.body IS NULL AND OLD.body IS NOT NULL
          AND to_jsonb(NEW) - 'body' - 'salt' = to_jsonb(OLD) - 'body' - 'salt' THEN
          RETURN NEW;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only: a content can only be erased' USING ERRCODE = 'SLM01';
      END $$;
    CREATE TRIGGER contents_only_erased BEFORE UPDATE ON ${s}.contents
      FOR EACH ROW EXECUTE FUNCTION ${s}.only_erased();
    CREATE TRIGGER parts_only_erased BEFORE UPDATE ON ${s}.parts
      FOR EACH ROW EXECUTE FUNCTION ${s}.only_erased();

    ${['records', 'checkpoints'].map((table) => refuse(s, table, 'UPDATE OR DELETE', 'ROW')).join('')}
    ${['tiles', 'contents', 'parts'].map((table) => refuse(s, table, 'DELETE', 'ROW')).join('')}
    ${['records', 'checkpoints', 'tiles', 'contents', 'parts']
      .map((table) => refuse(s, table, 'TRUNCATE', 'STATEMENT'))
      .join('')}`
}

/** What has the triggers let rows of contents go, and of parts, once the record that brought them is gone. */
export function leftOver(s: string): string {
  const of = { contents: 'OLD.idx', parts: `OLD.id / ${PARTS_PER_RECORD}` }
  return Object.entries(of)
    .map(
      ([table, record]) => `
    CREATE OR REPLACE FUNCTION ${s}.only_left_${table}() RETURNS trigger LANGUAGE plpgsql AS $$
      BEGIN
        IF OLD.body IS NULL AND NOT EXISTS (SELECT 1 FROM ${s}.records WHERE idx = ${record}) THEN
          RETURN OLD;
        END IF;
        RAISE EXCEPTION 'the audit log is append-only' USING ERRCODE = 'SLM01';
      END $$;
    DROP TRIGGER IF EXISTS ${table}_no_delete ON ${s}.${table};
    CREATE TRIGGER ${table}_no_delete BEFORE DELETE ON ${s}.${table}
      FOR EACH ROW EXECUTE FUNCTION ${s}.only_left_${table}();`
    )
    .join('')
}

function refuse(s: string, table: string, when: string, each: 'ROW' | 'STATEMENT'): string {
  const name = `${table}_no_${when.toLowerCase().replaceAll(' ', '_')}`
  return `CREATE TRIGGER ${name} BEFORE ${when} ON ${s}.${table}
    FOR EACH ${each} EXECUTE FUNCTION ${s}.refuse();
    `
}
