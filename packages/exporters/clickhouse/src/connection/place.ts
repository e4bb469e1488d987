import type { ClickHouseClient } from '@clickhouse/client'
import {
  type TlsOptions as AnyTls,
  AuditError,
  checkTls,
  isObject,
  readWebAddress,
  refusePlain
} from '@slm-audit/core/exporter'

/** What is used of a client of `@clickhouse/client`. */
export type ClickHouseLike = Pick<ClickHouseClient, 'command' | 'insert' | 'query'>

/** Certificates of one's own, in PEM, as texts or bytes; the client takes one authority, and not without it. */
export interface TlsOptions extends Pick<AnyTls, 'cert' | 'key'> {
  /** The authority that the server's certificate is of, in place of the public ones. */
  readonly ca: string | Uint8Array
}

/** Where the copy of a log is: the server, and the tables on it. */
export interface PlaceOptions {
  /** The server's HTTP interface: `https://host:8443`. This, or `client`. */
  readonly url?: string | URL
  /** Whom to connect as; `default` unless given. Goes with `url`. */
  readonly username?: string
  /** That user's password. Goes with `url`. */
  readonly password?: string
  /** Certificates of one's own, in PEM. Goes with `url`. */
  readonly tls?: TlsOptions
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
  'tls',
  'client',
  'database',
  'table',
  'allowHttp'
] as const satisfies readonly (keyof PlaceOptions)[]

/** Certificates as the client of ClickHouse takes them. */
type Certificates =
  | { readonly ca_cert: Buffer }
  | { readonly ca_cert: Buffer; readonly cert: Buffer; readonly key: Buffer }

/** A place, checked. */
export interface Place {
  /** How the server is reached: a client that was given, or what one is made of. */
  readonly server:
    | ClickHouseLike
    | {
        readonly url: URL
        readonly username?: string
        readonly password?: string
        readonly tls?: Certificates
      }
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

function serverOf({
  url,
  client,
  username,
  password,
  tls,
  allowHttp
}: PlaceOptions): Place['server'] {
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
    ...(password !== undefined && { password }),
    ...(tls !== undefined && { tls: certificatesOf(tls) })
  }
}

function certificatesOf(tls: unknown): Certificates {
  checkTls(tls)
  const { ca, cert, key } = tls
  if (ca === undefined) throw new AuditError('bad_option', 'tls needs ca, the authority to trust')
  if (typeof ca !== 'string' && !(ca instanceof Uint8Array)) {
    throw new AuditError('bad_option', 'tls.ca must be PEM of one authority, as a text or bytes')
  }
  const ca_cert = Buffer.from(ca)
  if (cert === undefined || key === undefined) return { ca_cert }
  return { ca_cert, cert: Buffer.from(cert), key: Buffer.from(key) }
}
function checkName(option: string, name: unknown): void {
  if (typeof name === 'string' && NAME.test(name)) return
  throw new AuditError(
    'bad_option',
    `${option} must be a name of letters, digits and _, 100 at most, that does not begin with a digit`
  )
}
