import type { DatabaseSync, StatementSync } from 'node:sqlite'
import { AuditError } from '@slm-audit/core/journal'
import type { Database, OpenOptions, SqlFunction, Statement, Transaction } from './database.ts'

/** Primary result codes of SQLite, by number (sqlite.org/rescode.html). */
const CODES: { readonly [code: number]: string } = {
  1: 'SQLITE_ERROR',
  5: 'SQLITE_BUSY',
  6: 'SQLITE_LOCKED',
  7: 'SQLITE_NOMEM',
  8: 'SQLITE_READONLY',
  10: 'SQLITE_IOERR',
  11: 'SQLITE_CORRUPT',
  13: 'SQLITE_FULL',
  14: 'SQLITE_CANTOPEN',
  18: 'SQLITE_TOOBIG',
  19: 'SQLITE_CONSTRAINT',
  20: 'SQLITE_MISMATCH',
  26: 'SQLITE_NOTADB'
}

type Values = Parameters<StatementSync['all']>

/** A database of Node's own `node:sqlite`. */
export class NodeDatabase implements Database {
  readonly name: string
  readonly #database: DatabaseSync

  /** Throws AuditError `journal_unavailable` where this Node has no `node:sqlite`. */
  constructor(location: string, { readonly = false, timeoutMs = 5_000 }: OpenOptions) {
    this.name = location
    const { DatabaseSync } = nodeSqlite()
    this.#database = named(() => new DatabaseSync(location, { readOnly: readonly }))
    this.#database.exec(`PRAGMA busy_timeout = ${timeoutMs}`)
  }

  get inTransaction(): boolean {
    return this.#database.isTransaction
  }

  prepare(sql: string): Statement {
    return new NodeStatement(named(() => this.#database.prepare(sql)))
  }

  exec(sql: string): void {
    named(() => this.#database.exec(sql))
  }

  pragma(source: string, { simple = false }: { readonly simple?: boolean } = {}): unknown {
    const statement = this.prepare(`PRAGMA ${source}`)
    return simple ? statement.pluck().get() : statement.all()
  }

  transaction<Given extends unknown[], Result>(
    run: (...values: Given) => Result
  ): Transaction<Given, Result> {
    const within = (begin: string) => this.#within.bind(this, begin)
    const plain = (...values: Given) => within('BEGIN')(() => run(...values)) as Result
    const immediate = (...values: Given) =>
      within('BEGIN IMMEDIATE')(() => run(...values)) as Result
    return Object.assign(plain, { immediate })
  }

  function(name: string, run: SqlFunction): void {
    this.#database.function(name, run as Parameters<DatabaseSync['function']>[1])
  }

  close(): void {
    this.#database.close()
  }

  /** In a transaction that is open already, a part of it that is undone by itself. */
  #within(begin: string, run: () => unknown): unknown {
    const isInner = this.inTransaction
    this.exec(isInner ? 'SAVEPOINT inner_part' : begin)
    try {
      const result = run()
      this.exec(isInner ? 'RELEASE inner_part' : 'COMMIT')
      return result
    } catch (error) {
      // SQLite may have undone all of it by itself.
      if (this.inTransaction) {
        this.exec(isInner ? 'ROLLBACK TO inner_part; RELEASE inner_part' : 'ROLLBACK')
      }
      throw error
    }
  }
}

class NodeStatement implements Statement {
  readonly #statement: StatementSync
  #isPlucked = false

  constructor(statement: StatementSync) {
    this.#statement = statement
  }

  pluck(): this {
    this.#isPlucked = true
    return this.raw()
  }

  raw(): this {
    this.#statement.setReturnArrays(true)
    return this
  }

  run(...values: unknown[]): { readonly changes: number } {
    const { changes } = named(() => this.#statement.run(...bound(values)))
    return { changes: Number(changes) }
  }

  get(...values: unknown[]): unknown {
    const row = named(() => this.#statement.get(...bound(values)))
    return row === undefined ? undefined : this.#shaped(row)
  }

  all(...values: unknown[]): unknown[] {
    const rows = named(() => this.#statement.all(...bound(values)))
    return this.#isPlucked ? rows.map((row) => this.#shaped(row)) : rows
  }

  *iterate(...values: unknown[]): Generator<unknown> {
    const rows = named(() => this.#statement.iterate(...bound(values)))
    try {
      for (;;) {
        const { done, value } = named(() => rows.next())
        if (done) return
        yield this.#shaped(value)
      }
    } finally {
      // A reader that stops early leaves a running statement otherwise, which locks its tables.
      rows.return?.()
    }
  }

  #shaped(row: unknown): unknown {
    return this.#isPlucked ? (row as unknown[])[0] : row
  }
}

/** Whole numbers as integers, which they are to other drivers; lists are the values in them. */
function bound(values: readonly unknown[]): Values {
  const bind = (value: unknown) => (Number.isSafeInteger(value) ? BigInt(value as number) : value)
  return values.flat().map(bind) as Values
}

/** Gives SQLite's errors the names that they have with other drivers. */
function named<T>(run: () => T): T {
  try {
    return run()
  } catch (error) {
    const { errcode } = error as { readonly errcode?: unknown }
    if (typeof errcode === 'number') {
      Object.assign(error as object, { code: CODES[errcode & 0xff] ?? 'SQLITE_ERROR' })
    }
    throw error
  }
}

function nodeSqlite(): typeof import('node:sqlite') {
  const found = process.getBuiltinModule('node:sqlite')
  if (found) return found
  throw new AuditError(
    'journal_unavailable',
    'there is no driver for SQLite: install better-sqlite3, or update Node to 22.18 or later'
  )
}
