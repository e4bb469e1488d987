import type { Connection, Parameter } from '../connection/connection.ts'

/** What goes into one table: rows of values for its columns. */
export interface TableRows {
  readonly table: string
  readonly columns: readonly string[]
  readonly rows: readonly (readonly Parameter[])[]
  /** By column, what is made of a parameter, such as `array_to_tsvector(${name})`. */
  readonly made?: { readonly [column: string]: (parameter: string) => string }
  /** What happens to a row that is there already; an error unless given. */
  readonly onConflict?: string
}

/** Parameters of one statement; the protocol counts them in 16 bits. */
const MOST_PARAMETERS = 30_000

/**
 * Inserts into several tables, in one statement where that has room. Values are sent as they are, bytes in
 * binary.
 */
export async function insertRows(
  connection: Connection,
  tables: readonly TableRows[]
): Promise<void> {
  let parts: string[] = []
  let values: Parameter[] = []
  const send = async () => {
    if (parts.length === 0) return
    const withs = parts.map((part, at) => `t${at} AS (${part})`)
    await connection.run(`WITH ${withs.join(', ')} SELECT 1`, values)
    parts = []
    values = []
  }
  for (const { table, columns, rows, made = {}, onConflict } of tables) {
    for (let at = 0; at < rows.length; ) {
      const room = Math.floor((MOST_PARAMETERS - values.length) / columns.length)
      if (room < 1) {
        await send()
        continue
      }
      const some = rows.slice(at, at + room)
      at += some.length
      const texts = some.map((row) => {
        const names = row.map((value, column) => {
          const name = `$${values.push(value)}`
          return made[columns[column] ?? '']?.(name) ?? name
        })
        return `(${names.join(',')})`
      })
      const into = `INSERT INTO ${connection.schema}.${table} (${columns.join(', ')})`
      parts.push(`${into} VALUES ${texts.join(',')}${onConflict ? ` ${onConflict}` : ''}`)
      // One table may stand in a statement once: its guard looks at all that a statement adds.
      if (at < rows.length) await send()
    }
  }
  await send()
}
