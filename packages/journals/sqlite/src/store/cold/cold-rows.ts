import { type ColdTable, MOST_VALUE_BYTES } from './block.ts'

/** How the rows of a table are packed. */
export interface ColdRows {
  readonly key: string
  readonly value: string
  /** What a row has in place of a value that is in a block. */
  readonly left: string
  /** The columns that stay. */
  readonly others: readonly string[]
  /** Which rows may be packed. */
  readonly where: string
  /** Triggers that keep everybody else from removing rows, and from putting them back. */
  readonly guards: readonly string[]
}

/** A body that is encrypted does not shrink. */
const OF_BODIES = `block IS NULL AND key IS NULL AND typeof(body) = 'blob'
  AND octet_length(body) BETWEEN 1 AND ${MOST_VALUE_BYTES}`

/** The tables with values that may be cold. */
export const COLD_ROWS: { readonly [Table in ColdTable]: ColdRows } = {
  records: {
    key: 'idx',
    value: 'header',
    left: "''",
    others: ['idx', 'audit_id', 'stage'],
    where: `block IS NULL AND stage <> 'event' AND typeof(header) = 'text'`,
    guards: ['records_no_delete', 'records_in_order']
  },
  contents: {
    key: 'id',
    value: 'body',
    left: 'NULL',
    others: ['id', 'name', 'type', 'salt', 'list', 'key'],
    where: OF_BODIES,
    guards: ['contents_no_delete']
  },
  parts: {
    key: 'id',
    value: 'body',
    left: 'NULL',
    others: ['id', 'salt', 'key'],
    where: OF_BODIES,
    guards: ['parts_no_delete']
  }
}
