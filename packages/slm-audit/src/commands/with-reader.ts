import { readFileSync, type Stats, statSync } from 'node:fs'
import { type KeyProviderSource, userName } from '@slm-audit/core/node'
import { AuditError, decideAccess, guardReader, type Reader } from '@slm-audit/core/reader'
import {
  isEncrypted,
  type KeyProvider,
  openReader,
  unlockContents as unlockContentsOf,
  unlockDatabase
} from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { defaultFile } from '../base/default-file.ts'
import {
  copyPlace,
  isArchiveAddress,
  isLogAddress,
  isLogInFiles,
  isServerAddress,
  loadClickHouse,
  loadPostgres,
  refuseCopy
} from '../base/log-address.ts'
import { usualFile, usualKeyFile } from '../config/defaults.ts'
import { type AccessWords, accessIn, accessOptions } from './access.ts'

/** Options of every command that reads a log. */
export interface ReadOptions extends AccessWords {
  readonly file?: string
  readonly json?: boolean
  readonly utc?: boolean
  /** The key of an encrypted database. */
  readonly keyFile?: string
  /** The file with the keys of contents that are encrypted by data subject. */
  readonly contentsKeys?: string
  /** age identities of a log in files. */
  readonly identity?: string
}

/** Adds where the keys of an encrypted log are. */
export function keyOptions(command: Command): Command {
  return contentsKeysOption(
    command.option(
      '--key-file <path>',
      'the key of an encrypted database (default: $SLM_AUDIT_DATABASE_KEY)'
    )
  )
}

/** Adds where the keys of contents are. */
export function contentsKeysOption(command: Command): Command {
  return command.option(
    '--contents-keys <path>',
    'the keys of contents that are encrypted by data subject (default: $SLM_AUDIT_CONTENTS_KEYS)'
  )
}

/** The database that is meant, and where its keys are. */
export type DatabaseWords = Pick<ReadOptions, 'file' | 'keyFile' | 'contentsKeys'>

/** Adds `--file`, of all that a reader opens. */
export function readFileOption(command: Command): Command {
  return command.option(
    '-f, --file <path>',
    'the database, a directory of files, postgres://… or clickhouse://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
  )
}

/** Adds `--file`, `--json`, which prints what `json` says, and what says who reads. */
export function readOptions(command: Command, json = 'one JSON document, for programs'): Command {
  return readFileOption(keyOptions(accessOptions(command)))
    .option('--json', json)
    .option(
      '--identity <file>',
      'age identities, of a directory or an export that is encrypted, and of what a policy encrypts'
    )
    .option('--utc', 'times shown and meant in UTC, not by the clock here')
}

/**
 * Opens the log's reader for `run` and closes it afterwards. Rejects with AuditError that says
 * what to do where there is no log yet, or one that cannot be read.
 */
export async function withReader<T>(
  options: ReadOptions,
  run: (reader: Reader) => Promise<T>
): Promise<T> {
  await using reader = await openLogReader(options)
  return await run(reader)
}

/** What is read for: see the options of the stores' readers of the same names. */
export interface ReadingFor {
  /** Whether what is listed is about to be exported; false unless given. */
  readonly isExport?: boolean
  /** Whether reads of a database are recorded where its log does not ask for that, too; false unless given. */
  readonly isAudited?: boolean
}

/** Opens the reader of the database or server that is meant. Rejects as `withReader`. */
export async function openLogReader(
  options: DatabaseWords & AccessWords & Pick<ReadOptions, 'identity'>,
  { isExport = false, isAudited = false }: ReadingFor = {}
): Promise<Reader> {
  const { file = usualFile() ?? defaultFile(), identity } = options
  const access = accessIn(options)
  if (isLogAddress(file)) {
    await unlockServer(file, options.contentsKeys)
    const { openPostgresReader } = await loadPostgres()
    return await openPostgresReader({ url: file, access, isExport })
  }
  if (isServerAddress(file)) {
    const reader = await (await loadClickHouse()).openClickHouseReader(copyPlace(file))
    return guardReader(reader, { access: decideAccess(access, userName()), isExport })
  }
  if (isDirectory(file)) {
    const { openFileReader, readIdentities } = await import('@slm-audit/file')
    const identities = identity === undefined ? [] : readIdentities(identity)
    unlockContents(file, options.contentsKeys)
    return await openFileReader(file, { identities, access, isExport, isAudited })
  }
  return await openReader(existingDatabase(options), { access, isExport, isAudited })
}

/** The database that is meant. Throws AuditError `journal_unavailable` where there is none. */
export function existingDatabase(options: DatabaseWords): string {
  const file = existingFile(options)
  if (isLogAddress(file)) {
    const message = 'this works on a SQLite database, and --file names a PostgreSQL server'
    throw new AuditError('bad_option', `${message}; slm-audit copy makes a database of it`)
  }
  refuseCopy(file)
  if (!isLogInFiles(file)) {
    unlock(file, options.keyFile)
    unlockContents(file, options.contentsKeys)
    return file
  }
  const what = statSync(file).isDirectory() ? 'a directory' : 'an export'
  throw new AuditError(
    'journal_unavailable',
    `${file} is ${what}; slm-audit verify checks a log in files, slm-audit import makes a database of it`
  )
}

/** The database, or the directory of a log in files, that is meant. Throws as `existingDatabase` for anything else. */
export function existingLog(options: DatabaseWords): string {
  const file = existingFile(options)
  return isDirectory(file) ? file : existingDatabase(options)
}

/** Whether `--file` names a directory: a log in files. */
export function isDirectory(file: string): boolean {
  return !isServerAddress(file) && lookAt(file)?.isDirectory() === true
}

/** Where the environment has the key of encrypted databases. */
export const DATABASE_KEY = 'SLM_AUDIT_DATABASE_KEY'

function isAgeFile(path: string): boolean {
  try {
    return readFileSync(path, 'utf8').includes('AGE-SECRET-KEY-')
  } catch {
    // Whoever reads the keys in it says why it cannot be read.
    return false
  }
}

/** Loads what decrypts once something is to be decrypted. */
function identitiesIn(path: string): KeyProvider {
  const keys = async () => {
    const { ageKeys, readIdentities } = await import('@slm-audit/file')
    return ageKeys({ identities: readIdentities(path) })
  }
  return {
    describe: async () => await (await keys()).describe(),
    wrap: async (key, context) => await (await keys()).wrap(key, context),
    unwrap: async (wrapped, context) =>
      (await (await keys()).unwrap?.(wrapped, context)) ?? new Uint8Array()
  }
}

/** Where the environment has the keys of contents that are encrypted by data subject. */
const CONTENTS_KEYS = 'SLM_AUDIT_CONTENTS_KEYS'

/** Where the keys of contents are; `undefined` where nobody names any. A file of age identities opens what is encrypted to their recipients; any other has the wrapping keys themselves. */
function contentsKeysOf(path: string | undefined): KeyProviderSource | undefined {
  if (path !== undefined) return isAgeFile(path) ? identitiesIn(path) : { file: path }
  return process.env[CONTENTS_KEYS] ? { env: CONTENTS_KEYS } : undefined
}

/** Tells this process the keys of the contents of a database or a directory. Throws AuditError `bad_key`. */
export function unlockContents(file: string, path: string | undefined): void {
  const keys = contentsKeysOf(path)
  if (keys) unlockContentsOf(file, keys)
}

/** Lets what is opened from now on at the address of a log on a server read its contents. Rejects with AuditError `bad_key`. */
export async function unlockServer(url: string, path: string | undefined): Promise<void> {
  const keys = contentsKeysOf(path)
  if (keys) (await loadPostgres()).unlockPostgres({ url }, keys)
}

/** The key in the environment may be that of another database: it is not for one that is plain. */
function unlock(file: string, keyFile: string | undefined): void {
  if (keyFile !== undefined) unlockDatabase(file, { file: keyFile })
  else if (process.env[DATABASE_KEY] && isEncrypted(file))
    unlockDatabase(file, { env: DATABASE_KEY })
  else {
    const usual = usualKeyFile()
    if (usual !== undefined && isEncrypted(file)) unlockDatabase(file, { file: usual })
  }
}

/**
 * The database or directory that is meant; of a directory this process is told the keys of its contents. Throws AuditError
 * `journal_unavailable` where there is none, and `bad_key` for what holds no keys.
 */
export function existingFile(options: Pick<DatabaseWords, 'file' | 'contentsKeys'>): string {
  const file = foundFile(options.file ?? usualFile() ?? defaultFile())
  if (isDirectory(file)) unlockContents(file, options.contentsKeys)
  return file
}

function foundFile(file: string): string {
  if (file === '') throw new AuditError('bad_option', '--file is empty; name the database')
  if (isArchiveAddress(file)) {
    const message = `this needs an index, and --file names an archive, which has none; slm-audit verify and show read it, slm-audit copy --from ${file} makes a database of it`
    throw new AuditError('bad_option', message)
  }
  if (isServerAddress(file)) return file
  const found = lookAt(file)
  if (found?.isFIFO() || found?.isSocket()) {
    throw new AuditError('journal_unavailable', `${file} is no file; name the database`)
  }
  if (found) return file
  throw new AuditError(
    'journal_unavailable',
    `there is no audit log at ${file}; run an application that calls createAuditLog() here first, or name the file with --file`
  )
}

/** What is at a path; `undefined` where nothing is. Throws AuditError where that cannot be seen. */
function lookAt(file: string): Stats | undefined {
  try {
    return statSync(file, { throwIfNoEntry: false })
  } catch (cause) {
    const why = cause instanceof Error ? cause.message : String(cause)
    throw new AuditError(
      'journal_unavailable',
      `${file} cannot be looked at (${why}); check the path and its permissions, or name the file with --file`,
      { cause }
    )
  }
}
