/** What of a SQLite driver this package uses: the shape of better-sqlite3, and no more of it. */

/** How a database is opened. */
export interface OpenOptions {
  /** It must be there, and is not changed. */
  readonly readonly?: boolean
  /** How long a statement waits for others' locks; 5,000 unless given. */
  readonly timeoutMs?: number
}

/** A prepared statement. Its methods throw the driver's error, whose `code` is one of SQLite's names. */
export interface Statement {
  /** Executes it; says how many rows it changed. */
  run(...values: unknown[]): { readonly changes: number }
  /** The first row; `undefined` where there is none. */
  get(...values: unknown[]): unknown
  all(...values: unknown[]): unknown[]
  /** Rows one by one; until the end, or `return`, the database does nothing else. */
  iterate(...values: unknown[]): IterableIterator<unknown>
  /** From now on each row is the value of its first column. */
  pluck(): this
  /** From now on each row is the list of its values. */
  raw(): this
}

/** A function in a transaction, which is undone when it throws. */
export interface Transaction<Values extends unknown[], Result> {
  (...values: Values): Result
  /** The same, with the write lock from the beginning. */
  immediate(...values: Values): Result
}

/** A function of SQL; it is asked again for each row. */
export type SqlFunction = (...values: never[]) => Uint8Array | number | null

/** An open database. */
export interface Database {
  /** The location that it was opened with. */
  readonly name: string
  readonly inTransaction: boolean
  prepare(sql: string): Statement
  exec(sql: string): unknown
  /** Reads or sets a pragma: its rows, or with `simple` the first value of the first one. */
  pragma(source: string, options?: { readonly simple?: boolean }): unknown
  transaction<Values extends unknown[], Result>(
    run: (...values: Values) => Result
  ): Transaction<Values, Result>
  /** Gives SQL a function, which is called while a statement is executed and may execute none. */
  function(name: string, run: SqlFunction): unknown
  close(): unknown
}
