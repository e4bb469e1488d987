import { randomBytes } from 'node:crypto'
import { closeSync, fstatSync, openSync, readFileSync, readSync, writeFileSync } from 'node:fs'
import { AuditError, isObject, messageOf, refuseUnknown } from '@slm-audit/core/journal'
import { realFile } from '@slm-audit/core/node'
import { type ContentsEncryption, contentsSettings } from '@slm-audit/core/subjects'
import { databaseKeyOf, useDatabaseKey } from '../driver/database-key.ts'
import { useContentsKeys } from './contents-provider.ts'

/**
 * Where the key of an encrypted database is: in a file or an environment variable, as 64 hexadecimal
 * digits, or given by a function, such as one that asks a key management service.
 */
export type DatabaseKeySource =
  | { readonly file: string }
  | { readonly env: string }
  | (() => Uint8Array | Promise<Uint8Array>)

/**
 * How a log is encrypted: all of its database, with AEGIS-256 by `better-sqlite3-multiple-ciphers`; its contents, with
 * a key for each data subject; or both.
 */
export interface DatabaseEncryption {
  /** Where the key of the database is, which is 32 bytes; the file is plain unless given. */
  readonly key?: DatabaseKeySource
  /** How contents are encrypted by data subject; they are not unless given. */
  readonly contents?: ContentsEncryption
}

const KEY_BYTES = 32
const FORM = /^[0-9a-f]{64}$/i

/** The first bytes of a database that is not encrypted (SQLite file format, section 1.3). */
const PLAIN = 'SQLite format 3\0'

/** Bytes of a page: see `PAGE_SIZE` of the schema. */
const PAGE_BYTES = 16_384

/**
 * Lets this process, and threads that it starts from now on, open an encrypted database. Throws
 * AuditError `bad_key` for what is not a key, or where it is not.
 */
export function unlockDatabase(
  file: string,
  source: Exclude<DatabaseKeySource, () => unknown>
): void {
  unlock(file, readDatabaseKey(source))
}

/** The key in a file or an environment variable. Throws AuditError `bad_key`. */
export function readDatabaseKey(source: Exclude<DatabaseKeySource, () => unknown>): Uint8Array {
  return 'file' in source ? keyInFile(source.file) : keyInEnvironment(source.env)
}

/**
 * `unlockDatabase` for keys of every source, where a database is encrypted, and the keys of its contents. Rejects
 * with AuditError `bad_key`, and `bad_option` for what is not a source of a key.
 */
export async function unlockWith(
  file: string,
  encryption: DatabaseEncryption | undefined
): Promise<void> {
  if (encryption === undefined) return
  checkEncryption(encryption)
  const { contents } = encryption
  if (contents) useContentsKeys(file, contents.keys, contentsSettings(contents))
  const source = encryption.key
  if (source === undefined) return
  if (typeof source !== 'function') {
    unlockDatabase(file, source)
    return
  }
  let key: Uint8Array
  try {
    key = await source()
  } catch (cause) {
    const message = `the key of ${file} could not be had (${messageOf(cause)}); see what its function asks`
    throw new AuditError('bad_key', message, { cause })
  }
  unlock(file, key)
}

/** Makes a new key in a file of mode 0600, which must not be there yet. Throws AuditError `bad_key`. */
export function newDatabaseKey(path: string): void {
  try {
    writeFileSync(path, `${randomBytes(KEY_BYTES).toString('hex')}\n`, { mode: 0o600, flag: 'wx' })
  } catch (cause) {
    const message = `the key file ${path} cannot be made (${messageOf(cause)}); name a file that is not there yet`
    throw new AuditError('bad_key', message, { cause })
  }
}

/**
 * What is wrong where SQLite takes a file for no database: it is encrypted and there is no key, it is
 * plain and there is one, or the key is wrong. `undefined` for a plain file without a key.
 */
export function lockedProblem(file: string): AuditError | undefined {
  const hasKey = databaseKeyOf(file) !== undefined
  const isPlain = isPlainDatabase(file)
  if (hasKey && isPlain) {
    return new AuditError(
      'bad_key',
      `${file} is not encrypted; leave its key out, or encrypt it first: slm-audit rekey --new-key-file PATH`
    )
  }
  if (hasKey) {
    return new AuditError(
      'bad_key',
      `${file} cannot be opened with this key; give the key that it was encrypted with, or restore a backup if it is damaged`
    )
  }
  if (isPlain) return undefined
  return new AuditError(
    'bad_key',
    `${file} is encrypted, or is not a SQLite database; give its key (SLM_AUDIT_DATABASE_KEY, --key-file of commands that read, or the option encryption), or name another file`
  )
}

function checkEncryption(encryption: unknown): asserts encryption is DatabaseEncryption {
  if (isObject(encryption)) {
    refuseUnknown('encryption', encryption, ['key', 'contents'])
    const { key, contents } = encryption
    if (contents !== undefined) contentsSettings(contents)
    const isFunction = typeof key === 'function'
    const isPlace = isObject(key) && (typeof key.file === 'string' || typeof key.env === 'string')
    const isGiven = key !== undefined || contents !== undefined
    if (isGiven && (key === undefined || isFunction || isPlace)) return
  }
  const message =
    'encryption must be { key }, { contents } or both, and key { file }, { env } or a function'
  throw new AuditError('bad_option', message)
}

function unlock(file: string, key: unknown): void {
  if (!(key instanceof Uint8Array) || key.length !== KEY_BYTES) {
    throw new AuditError('bad_key', `the key of ${file} must be ${KEY_BYTES} bytes`)
  }
  useDatabaseKey(realFile(file), key)
}

function keyInFile(path: string): Uint8Array {
  let text: string
  try {
    text = readFileSync(path, 'utf8').trim()
  } catch (cause) {
    const message = `the key file ${path} cannot be read (${messageOf(cause)}); check the path and its permissions`
    throw new AuditError('bad_key', message, { cause })
  }
  return fromText(text, path)
}

function keyInEnvironment(name: string): Uint8Array {
  const text = process.env[name]?.trim()
  if (text) return fromText(text, name)
  throw new AuditError(
    'bad_key',
    `the environment has no ${name}; set it to the key of the database`
  )
}

function fromText(text: string, where: string): Uint8Array {
  if (FORM.test(text)) return Buffer.from(text, 'hex')
  throw new AuditError(
    'bad_key',
    `${where} must hold 64 hexadecimal digits, a key of 32 bytes, such as openssl rand -hex 32 prints`
  )
}

/** Whether a file that is there is not a plain database: it may be encrypted. Does not throw. */
export function isEncrypted(file: string): boolean {
  return !isPlainDatabase(realFile(file))
}

function isPlainDatabase(file: string): boolean {
  try {
    const handle = openSync(file, 'r')
    try {
      const start = bytesAt(handle, 0, PLAIN.length)
      // An empty file becomes what it is opened as; a part of a page is not of an encrypted database.
      const isOdd = start.length === 0 || fstatSync(handle).size % PAGE_BYTES !== 0
      return isOdd || start.toString('latin1') === PLAIN || hasPlainPages(handle)
    } finally {
      closeSync(handle)
    }
  } catch {
    // Whoever opens it says why it cannot be read.
    return true
  }
}

/** What pages of a plain database begin with (SQLite file format, section 1.6), or zeros; of an encrypted one, anything. */
const PAGE_TYPES = [0x00, 0x02, 0x05, 0x0a, 0x0d]
const PAGES = 16

/** Whether a file whose first page is not that of a database has other pages that are: it is damaged. */
function hasPlainPages(handle: number): boolean {
  const firsts = Array.from(
    { length: PAGES },
    (_, at) => bytesAt(handle, (at + 1) * PAGE_BYTES, 1)[0]
  )
  const pages = firsts.filter((first) => first !== undefined)
  return (
    pages.length > 0 &&
    pages.filter((first) => PAGE_TYPES.includes(first)).length > pages.length / 2
  )
}

function bytesAt(handle: number, position: number, length: number): Buffer {
  const bytes = Buffer.alloc(length)
  return bytes.subarray(0, readSync(handle, bytes, 0, length, position))
}
