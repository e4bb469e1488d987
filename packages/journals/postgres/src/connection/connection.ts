import { AuditError, messageOf } from '@slm-audit/core/journal'
import type pg from 'pg'
import type { Place } from './connection-options.ts'
import type { CopiedRows } from './copied-rows.ts'
import { CopyIn } from './copy-in.ts'
import { valueTypes } from './value-types.ts'

/** A value of a statement's parameter. */
export type Parameter = string | number | boolean | null | Uint8Array | Date | readonly unknown[]

/** A row of a result. */
export type Row = { readonly [column: string]: unknown }

const CONNECT_MS = 5_000
/** Where nothing comes back for so long the other end is taken for gone. */
const ANSWER_MS = 60_000

/**
 * One connection to a server. It is made anew by its owner once it is lost. All statements name their tables
 * with the schema, and nothing is left on the session, so that a pooler may stand between (PgBouncer in
 * transaction mode).
 */
export class Connection {
  readonly schema: string
  /** What it was opened with. */
  readonly place: Place
  readonly #client: pg.Client
  #isLost = false

  private constructor(client: pg.Client, place: Place) {
    this.#client = client
    this.place = place
    this.schema = place.schema
    // Without a listener it would end the process; whoever asks next is told.
    client.on('error', () => {
      this.#isLost = true
    })
    client.on('end', () => {
      this.#isLost = true
    })
  }

  /** Connects. Rejects with AuditError `journal_unavailable`. */
  static async open(place: Place): Promise<Connection> {
    // Loaded once a server is reached: whoever imports the package for its addresses or its SQL needs none.
    const { default: driver } = await import('pg')
    const client = new driver.Client({
      ...(place.connection as pg.ClientConfig),
      application_name: 'slm-audit',
      connectionTimeoutMillis: CONNECT_MS,
      query_timeout: ANSWER_MS,
      keepAlive: true,
      types: valueTypes(driver.types) as never
    })
    const opened = new Connection(client, place)
    try {
      await client.connect()
      return opened
    } catch (cause) {
      await opened.close()
      throw REFUSED.test(stateOf(cause) ?? '') ? refused(cause) : unavailable(cause)
    }
  }

  /** Whether it can be used no more. */
  get isLost(): boolean {
    return this.#isLost
  }

  /** The rows of a statement. Rejects with AuditError; its cause is the server's error. */
  async rows(sql: string, values: readonly Parameter[] = []): Promise<Row[]> {
    const { rows } = await this.#query(sql, values)
    return rows as Row[]
  }

  /** How many rows a statement changed. Rejects as `rows` does. */
  async run(sql: string, values: readonly Parameter[] = []): Promise<number> {
    return (await this.#query(sql, values)).rowCount ?? 0
  }

  /**
   * Sends statements without parameters in one message, each with a view of its own of the data; gives the
   * rows of the last. They may take so many milliseconds. Rejects as `rows` does.
   */
  async script(sql: string, withinMs = ANSWER_MS): Promise<Row[]> {
    const results: unknown = await this.#query({ text: sql, query_timeout: withinMs })
    const last = Array.isArray(results) ? results.at(-1) : results
    return (last as pg.QueryResult).rows as Row[]
  }

  /** Adds rows to tables, in this order, each by COPY, and runs statements behind. Rejects as `rows` does. */
  async copyIn(tables: readonly CopiedRows[], behind: string): Promise<void> {
    const client = this.#client
    try {
      await new Promise<void>((resolve, reject) => {
        client.query(new CopyIn(tables, behind, (error) => (error ? reject(error) : resolve())))
      })
    } catch (cause) {
      throw this.#problemOf(cause)
    }
  }

  /** Runs in a transaction, which is undone where `run` rejects. `begin` may say more than BEGIN. */
  async transaction<T>(run: (first: Row[]) => Promise<T>, begin = 'BEGIN'): Promise<T> {
    let result: T
    try {
      result = await run(await this.script(begin))
    } catch (error) {
      await this.#undo()
      throw error
    }
    await this.script('COMMIT')
    return result
  }

  /**
   * Hears of notices on a channel, and of the loss of the connection. False where no notice would come: on a replica, and
   * behind a pooler, which may give each statement another session. Rejects as `rows` does.
   */
  async listen(channel: string, heard: () => void): Promise<boolean> {
    const sql = 'SELECT pg_backend_pid() AS pid, pg_is_in_recovery() AS is_replica'
    const [row] = await this.rows(sql)
    const { processID } = this.#client as { readonly processID?: unknown }
    // A pooler makes up the process that it speaks of to its clients.
    if (row?.is_replica || row?.pid !== processID) return false
    this.#client.on('notification', heard)
    this.#client.on('end', heard)
    await this.rows(`LISTEN "${channel}"`)
    return true
  }

  /** Lets the process end while the connection is open. */
  unref(): void {
    const client = this.#client as { readonly unref?: () => void }
    client.unref?.()
  }

  async close(): Promise<void> {
    this.#isLost = true
    try {
      await this.#client.end()
    } catch {
      // It is gone already.
    }
  }

  async #query(
    sql: string | (pg.QueryConfig & { readonly query_timeout: number }),
    values?: readonly Parameter[]
  ): Promise<pg.QueryResult> {
    try {
      return values === undefined
        ? await this.#client.query(sql)
        : await this.#client.query(sql, values as unknown[])
    } catch (cause) {
      throw this.#problemOf(cause)
    }
  }

  async #undo(): Promise<void> {
    if (this.#isLost) return
    try {
      await this.#client.query('ROLLBACK')
    } catch {
      this.#isLost = true
    }
  }

  /** Tells what the server says from what happened to the connection: the latter ends it. */
  #problemOf(cause: unknown): AuditError {
    if (AuditError.is(cause)) return cause
    const code = stateOf(cause)
    if (code === undefined || GONE.test(code)) {
      this.#isLost = true
      void this.close()
      return unavailable(cause)
    }
    if (NEVER.test(code)) {
      const message = `PostgreSQL cannot store this record: ${messageOf(cause)}; please report it with its cause`
      return new AuditError('bad_record', message, { cause })
    }
    const advice = ADVICE[code]
    const message = `PostgreSQL: ${messageOf(cause)}${advice === undefined ? '' : `; ${advice}`}`
    return new AuditError('journal_failed', message, { cause })
  }
}

/** The server's own code of an error; `undefined` where the error is the connection's. */
export function stateOf(error: unknown): string | undefined {
  const { code } = (error ?? {}) as { readonly code?: unknown }
  return typeof code === 'string' && /^[0-9A-Z]{5}$/.test(code) ? code : undefined
}

/** Whether waiting changes what an error says: the server is away, has no room, or somebody holds the log. */
export function isPassing(error: unknown): boolean {
  if (!AuditError.is(error)) return false
  return error.code === 'journal_unavailable' || (stateOf(error.cause) ?? '') in ADVICE
}

/** The server ends, or has ended, the connection: admin shutdown, crash, not ready yet, read-only after a failover. */
const GONE = /^(08|57P0|25006|53300)/
/** The server does not let this user in, or has no such database. */
const REFUSED = /^(28|3D000|42501)/
/** What the server never takes, however often it is tried: data that it has no form for. */
const NEVER = /^(22|54000)/

/** What to do about some errors, by the server's code. */
const ADVICE: { readonly [code: string]: string } = {
  '53100':
    'its disk is full, and calls wait in the spool until it has room: add some, or drop months with slm-audit expire',
  '55P03':
    'somebody has held the log for half a minute, and calls wait in the spool: pg_locks and pg_stat_activity say who'
}

function unavailable(cause: unknown): AuditError {
  const message = `the PostgreSQL server cannot be used: ${messageOf(cause) || 'no answer'}; calls wait in the spool until it can`
  return new AuditError('journal_unavailable', message, { cause })
}

function refused(cause: unknown): AuditError {
  const message = `the PostgreSQL server refuses the connection: ${messageOf(cause)}; check user, password and database`
  return new AuditError('bad_option', message, { cause })
}
