import type { Connection } from '../connection/connection.ts'
import { binaryArray, type Element, type ElementType } from './binary-arrays.ts'

/** A column as its values are sent, and what they are cast to where that is another type. */
export interface ColumnType {
  readonly name: string
  readonly type: ElementType
  readonly cast?: string
}

/** What goes into one table: values by column, all of one length. */
export interface TableArrays {
  readonly table: string
  readonly columns: readonly ColumnType[]
  readonly rows: readonly (readonly Element[])[]
  /** What happens to a row that is there already; an error unless given. */
  readonly onConflict?: string
}

/**
 * Inserts into several tables in one statement, whose text does not depend on how many rows there are: an array a column.
 * Rejects as `Connection.rows` does.
 */
export async function insertArrays(
  connection: Connection,
  tables: readonly TableArrays[]
): Promise<void> {
  const values: Buffer[] = []
  const inserts = tables.flatMap(({ table, columns, rows, onConflict = '' }, at) => {
    if (rows.length === 0) return []
    const selected = columns.map(({ type, cast }, column) => {
      const elements = rows.map((row) => row[column] ?? null)
      const parameter = values.push(binaryArray(type, elements))
      return `unnest($${parameter}::${type}[])${cast === undefined ? '' : `::${cast}`}`
    })
    const names = columns.map(({ name }) => name).join(', ')
    const into = `INSERT INTO ${connection.schema}.${table} (${names})`
    return `t${at} AS (${into} SELECT ${selected.join(', ')} ${onConflict})`
  })
  if (inserts.length > 0) await connection.run(`WITH ${inserts.join(', ')} SELECT 1`, values)
}
