import type { ClickHouseClient } from '@clickhouse/client'
import { AuditError, isObject, readWebAddress, refusePlain } from '@slm-audit/core/exporter'

/** What is used of a client of `@clickhouse/client`. */
export type ClickHouseLike = Pick<ClickHouseClient, 'command' | 'insert' | 'query'>

/** Where the copy of a log is: the server, and the tables on it. */
export interface PlaceOptions {
  /** The server's HTTP interface: `https://host:8443`. This, or `client`. */
  readonly url?: string | URL
  /** Whom to connect as; `default` unless given. Goes with `url`. */
  readonly username?: string
  /** That user's password. Goes with `url`. */
  readonly password?: string
  /** A client of `@clickhouse/client`, for all that `url` does not say. It stays open. */
  readonly client?: ClickHouseLike
  /** The database, which must be there; the user's own unless given. */
  readonly database?: string
  /** Begins the names of the tables, which hold one log: `slm_audit` unless given. */
  readonly table?: string
  /** Whether records may go to another host by http, in the clear; false unless given. */
  readonly allowHttp?: boolean
}

/** Names of the options that say where. */
export const PLACE_OPTIONS = [
  'url',
  'username',
  'password',
  'client',
  'database',
  'table',
  'allowHttp'
] as const satisfies readonly (keyof PlaceOptions)[]

/** A place, checked. */
export interface Place {
  /** How the server is reached: a client that was given, or what one is made of. */
  readonly server:
    | ClickHouseLike
    | { readonly url: URL; readonly username?: string; readonly password?: string }
  /** The beginning of the tables' names, with the database where one was given. */
  readonly prefix: string
}

const NAME = /^[A-Za-z_][A-Za-z0-9_]{0,99}$/
const USUAL_TABLE = 'slm_audit'

/** Checks where a copy is. Throws AuditError `bad_option` that names the option and what it takes. */
export function checkPlace(options: PlaceOptions): Place {
  const { database, table = USUAL_TABLE } = options
  if (database !== undefined) checkName('database', database)
  checkName('table', table)
  return {
    server: serverOf(options),
    prefix: database === undefined ? table : `${database}.${table}`
  }
}

function serverOf({ url, client, username, password, allowHttp }: PlaceOptions): Place['server'] {
  if ((url === undefined) === (client === undefined)) {
    throw new AuditError('bad_option', 'give url or client, one of them, to say which server')
  }
  if (client !== undefined) {
    if (isObject(client) && typeof client.insert === 'function') return client
    throw new AuditError('bad_option', 'client must be a client of @clickhouse/client')
  }
  const address = readWebAddress('url', url ?? '')
  refusePlain('url', address, allowHttp)
  return {
    url: address,
    ...(username !== undefined && { username }),
    ...(password !== undefined && { password })
  }
}

function checkName(option: string, name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return
  throw new AuditError(
    'bad_option',
    `${option} must be a name of letters, digits and _, 100 at most, that does not begin with a digit`
  )
}
