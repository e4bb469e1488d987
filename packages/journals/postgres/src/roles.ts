import { checkPlace } from './connection/connection-options.ts'
import { keyGrants } from './store/contents/key-tables.ts'

/** What is derived from the evidence. */
const INDEX = ['index_state', 'calls', 'texts', 'rollups', 'facets', 'annotations']
/** What a writer may read: sizes, hashes and names, and no word of a prompt. */
const READ_BY_WRITERS = [
  ...[
    'meta',
    'tiles',
    'checkpoints',
    'cosignatures',
    'spools',
    'writers',
    'exporters',
    'set_aside'
  ],
  'records (idx, audit_id, stage, month)'
]

/**
 * The SQL that makes the roles of a log, for its owner to read and run; running it again does no harm. A writer appends, and
 * reads neither headers nor contents; a reader writes nothing; an indexer reads, and keeps up what is derived; an
 * admin may erase contents as well. Nobody but the owner can change the rest. Throws AuditError `bad_option`.
 *
 * @param schema The schema of the log; `slm_audit` unless given.
 */
export function rolesSql(schema?: string): string {
  const { schema: s } = checkPlace({ url: 'postgres://', ...(schema !== undefined && { schema }) })
  const role = (name: string) => `${s}_${name}`
  const [writer, reader, indexer, admin] = [
    role('writer'),
    role('reader'),
    role('indexer'),
    role('admin')
  ] as const
  const tables = (names: readonly string[]) => names.map((name) => `${s}.${name}`).join(', ')
  const readable = READ_BY_WRITERS.map((table) => {
    const [name, columns = ''] = table.split(' (')
    return `GRANT SELECT ${columns && `(${columns}`} ON ${s}.${name} TO ${writer};`.replace(
      '  ',
      ' '
    )
  })
  return `-- Roles of the audit log in the schema ${s}. Run this as its owner, then for instance:
--   GRANT ${writer} TO my_application; GRANT ${reader} TO auditors;
${[writer, reader, indexer, admin].map(roleOf).join('\n')}
GRANT USAGE ON SCHEMA ${s} TO ${writer}, ${reader};

-- A writer appends.
GRANT INSERT ON ${tables(['records', 'contents', 'parts', 'tiles', 'checkpoints', 'cosignatures', 'spools', 'writers', 'exporters', 'set_aside'])} TO ${writer};
GRANT UPDATE (hashes) ON ${s}.tiles TO ${writer};
GRANT UPDATE, DELETE ON ${tables(['spools', 'writers'])} TO ${writer};
GRANT UPDATE ON ${tables(['exporters', 'set_aside'])} TO ${writer};
${readable.join('\n')}

-- A reader reads.
GRANT SELECT ON ALL TABLES IN SCHEMA ${s} TO ${reader};

-- An indexer reads, and writes what is derived.
GRANT ${reader} TO ${indexer};
GRANT INSERT, UPDATE, DELETE, TRUNCATE ON ${tables(INDEX)} TO ${indexer};

-- An admin may erase: take the bytes of contents out, and nothing else.
GRANT ${writer}, ${indexer} TO ${admin};
GRANT UPDATE (salt, body) ON ${tables(['contents', 'parts'])} TO ${admin};
GRANT UPDATE (value) ON ${s}.meta TO ${admin};

-- The keys of contents by data subject, each wrapped by a key that is not here, and the table of pseudonyms.
${keyGrants(s)
  .map(({ sql }) => sql.replaceAll('; ', ';\n'))
  .join('\n')}
`
}

function roleOf(name: string): string {
  return `DO $$ BEGIN CREATE ROLE ${name} NOLOGIN; EXCEPTION WHEN duplicate_object THEN NULL; END $$;`
}
