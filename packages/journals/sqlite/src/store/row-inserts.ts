import type { Database, Statement } from '../driver/database.ts'

/** The values of one row, in the order of its columns. */
export type RowValues = readonly unknown[]

/** Rows in one statement: the way into SQLite and back costs more than a small row itself. */
const ROWS = 16

/** Inserts rows of one table, many with one statement; none is stored before `flush`. */
export class RowInserts {
  readonly #one: Statement
  readonly #many: Statement
  #rows: RowValues[] = []

  /** `columns` are the names of those that a row has values of, in that order. */
  constructor(database: Database, table: string, columns: readonly string[]) {
    const into = `main.${table} (${columns.join(', ')})`
    const row = `(${columns.map(() => '?').join(', ')})`
    const insert = (rows: number) =>
      database.prepare(`INSERT INTO ${into} VALUES ${Array(rows).fill(row).join(', ')}`)
    this.#one = insert(1)
    this.#many = insert(ROWS)
  }

  /** Whether the next `flush` is due. */
  get isFull(): boolean {
    return this.#rows.length >= ROWS
  }

  /** Takes a row; its values are read at the next `flush`. */
  add(row: RowValues): void {
    this.#rows.push(row)
  }

  /** Inserts what was added, in order. Throws SQLite's error, after which `forget` is due. */
  flush(): void {
    const rows = this.#rows
    let done = 0
    for (; rows.length - done >= ROWS; done += ROWS)
      this.#many.run(...rows.slice(done, done + ROWS))
    for (; done < rows.length; done++) this.#one.run(...(rows[done] ?? []))
    this.#rows = []
  }

  /** Drops what was added since the last `flush`. */
  forget(): void {
    this.#rows = []
  }
}
