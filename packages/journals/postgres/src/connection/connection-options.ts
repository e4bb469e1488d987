import { join } from 'node:path'
import { AuditError, isObject, refuseUnknown } from '@slm-audit/core/journal'
import {
  type ContentsEncryption,
  contentsSettings,
  useContentsKeys
} from '@slm-audit/core/subjects'
import { RESERVED } from './reserved-words.ts'

/** How a server is reached, as the `pg` package takes it; plain values, as they travel to a thread. */
export interface ConnectionOptions {
  /** `postgres://user:password@host:5432/database`. */
  readonly connectionString?: string
  /** The server, or the folder of its socket. */
  readonly host?: string
  /** The server's port. */
  readonly port?: number
  /** Whom to connect as. */
  readonly user?: string
  /** That user's password. */
  readonly password?: string
  /** The database on the server. */
  readonly database?: string
  /** TLS, as `pg` takes it: true, or certificates. */
  readonly ssl?: boolean | object
}

/** A pool of `pg`: its options are taken, and not its connections, which cannot travel to the journal's thread. */
export interface PoolLike {
  /** What the pool was made with. */
  readonly options: object
}

/** Where a log is: the server, by address or by a pool of it, and the schema in its database. */
export interface PlaceOptions {
  /** The server: `postgres://…`. This, or `pool`. */
  readonly url?: string
  /** A pool of `pg` that knows the server. */
  readonly pool?: PoolLike
  /** The schema that holds the log, one log each; `slm_audit` unless given. */
  readonly schema?: string
  /** How contents are encrypted by data subject, and where the keys are (docs/guide/encryption.md); they are plain unless given. */
  readonly encryption?: PostgresEncryption
}

/** How the log on a server is encrypted, beside what the server does itself. */
export interface PostgresEncryption {
  /** How contents are encrypted by data subject. */
  readonly contents: ContentsEncryption
}

/** A place, checked. */
export interface Place {
  readonly connection: ConnectionOptions
  readonly schema: string
}

/** The folder on this machine that has the spools and the key of a log, unless its journal is given another. */
export function usualFolder({ schema }: Pick<Place, 'schema'>): string {
  return join('.slm-audit', schema)
}

/** Names of a pool's options that say how a server is reached. */
const TAKEN = ['connectionString', 'host', 'port', 'user', 'password', 'database', 'ssl'] as const
const SCHEMA = /^[a-z_][a-z0-9_]{0,49}$/
const USUAL_SCHEMA = 'slm_audit'
const ADDRESS = /^postgres(ql)?:\/\//i

/** Completes where a log is. Throws AuditError `bad_option` that names the field and what it takes. */
export function checkPlace(options: PlaceOptions): Place {
  const place = placeOf(options)
  const { encryption } = options
  if (encryption === undefined) return place
  if (!isObject(encryption)) throw new AuditError('bad_option', 'encryption must be { contents }')
  refuseUnknown('encryption', encryption, ['contents'])
  const settings = contentsSettings(encryption.contents)
  useContentsKeys(nameOfPlace(place), encryption.contents.keys, settings)
  return place
}

/** Names a log in this process, so that whoever reaches it by the same words knows of its keys. */
export function nameOfPlace({ connection, schema }: Place): string {
  return JSON.stringify(['postgres', schema, connection])
}

function placeOf({ url, pool, schema }: PlaceOptions): Place {
  if ((url === undefined) === (pool === undefined)) {
    throw new AuditError('bad_option', 'give url or pool, one of them, to say which server')
  }
  if (pool !== undefined) return { connection: optionsOf(pool), schema: checkSchema(schema) }
  if (typeof url !== 'string' || !ADDRESS.test(url)) {
    throw new AuditError('bad_option', 'url must be an address: postgres://user@host:5432/database')
  }
  return readAddress(url, schema)
}

/** Whether a text is the address of a PostgreSQL server. */
export function isAddress(text: string): boolean {
  return ADDRESS.test(text)
}

/** The address may name the schema: `?schema=audit`, which `pg` must not see. */
function readAddress(url: string, given: string | undefined): Place {
  const [base = '', query = ''] = url.split('?')
  const parameters = new URLSearchParams(query)
  const named = parameters.get('schema')
  parameters.delete('schema')
  const rest = parameters.toString()
  const connectionString = rest === '' ? base : `${base}?${rest}`
  return { connection: { connectionString }, schema: checkSchema(given ?? named ?? undefined) }
}

function optionsOf(pool: PoolLike): ConnectionOptions {
  if (!isObject(pool) || !isObject(pool.options)) {
    throw new AuditError('bad_option', 'pool must be a Pool of pg')
  }
  const { options } = pool
  const taken = Object.fromEntries(
    TAKEN.flatMap((name) => (options[name] === undefined ? [] : [[name, options[name]]]))
  )
  try {
    return structuredClone(taken)
  } catch (cause) {
    const message =
      "pool: its options hold a function, which cannot travel to the journal's thread; give a pool with a password of text, or url"
    throw new AuditError('bad_option', message, { cause })
  }
}

function checkSchema(schema: unknown = USUAL_SCHEMA): string {
  if (typeof schema === 'string' && RESERVED.has(schema)) {
    const message = `schema must be no reserved word of SQL, as ${schema} is; name another, such as ${schema}_log`
    throw new AuditError('bad_option', message)
  }
  if (typeof schema === 'string' && SCHEMA.test(schema)) return schema
  throw new AuditError(
    'bad_option',
    'schema must be a name of lower-case letters, digits and _, 50 at most, that begins with a letter or _'
  )
}
