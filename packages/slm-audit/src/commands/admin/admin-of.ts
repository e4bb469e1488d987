import { resolve } from 'node:path'
import type { Hold, LogAdmin } from '@slm-audit/core/journal'
import { openAdmin } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres, refuseCopy } from '../../base/log-address.ts'
import {
  contentsKeysOption,
  type DatabaseWords,
  existingFile,
  existingLog,
  isDirectory,
  unlockServer
} from '../with-reader.ts'
import { signingBy, signingWith } from './signing.ts'

/** Options of the commands that look after a log. */
export interface AdminWords {
  readonly file?: string
  /** The key that signs the log. */
  readonly keyFile?: string
  /** The file with the keys of contents that are encrypted by data subject. */
  readonly contentsKeys?: string
  /** age identities of a log in files. */
  readonly identity?: string
}

/** A log that is looked after. */
export interface AdministeredLog {
  /** The database, the directory of a log in files, or the address of one on a server. */
  readonly file: string
  readonly admin: LogAdmin & { holds(): readonly Hold[] | Promise<readonly Hold[]> }
}

/** Adds the options that name a log and its keys. */
export function adminOptions(command: Command): Command {
  const named = logOption(command).option(
    '--key-file <path>',
    'the key that signs the log (default: <database>.key, or .slm-audit/<schema>/log.key)'
  )
  return identityOption(contentsKeysOption(named))
}

/** Adds the option that names a log. */
export function logOption(command: Command): Command {
  return command.option(
    '-f, --file <path>',
    'the database, a directory of files or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
  )
}

/** Adds the option that says with what a log in files is decrypted. */
export function identityOption(command: Command): Command {
  return command.option(
    '--identity <file>',
    'age identities, where --file is a directory that is encrypted'
  )
}

/**
 * The log that is meant, and who looks after it. Rejects with AuditError `journal_unavailable` where there is none, and
 * `bad_option` for a copy, which is no log.
 */
export function adminOf({ keyFile, ...named }: AdminWords): Promise<AdministeredLog> {
  return adminBeside({ ...named, ...(keyFile !== undefined && { signingKey: keyFile }) })
}

/** Options of the commands that read a log and add to it: `--key-file` opens it there, and another option signs. */
export interface BesideWords extends DatabaseWords {
  /** The key that signs the log. */
  readonly signingKey?: string
  /** age identities of a log in files. */
  readonly identity?: string
}

/** `adminOf` for commands that read the log as well. */
export async function adminBeside(words: BesideWords): Promise<AdministeredLog> {
  const found = existingFile(words)
  refuseCopy(found)
  if (!isLogAddress(found)) return await localAdmin(words)
  await unlockServer(found, words.contentsKeys)
  return { file: found, admin: await postgresAdmin(found, words.signingKey) }
}

async function localAdmin({
  signingKey,
  identity,
  ...named
}: BesideWords): Promise<AdministeredLog> {
  const file = resolve(existingLog(named))
  const signing = signingWith(file, signingKey)
  if (!isDirectory(file)) return { file, admin: openAdmin(file, signing) }
  const files = await import('@slm-audit/file')
  const identities = identity === undefined ? [] : files.readIdentities(identity)
  return { file, admin: files.openAdmin(file, { ...signing, identities }) }
}

/** Who looks after a log in PostgreSQL. Rejects with AuditError `bad_option` where a key file is named that is not there. */
async function postgresAdmin(url: string, keyFile?: string) {
  const { openPostgresAdmin, keyFileOf } = await loadPostgres()
  return openPostgresAdmin({ url }, signingBy(keyFileOf({ url }), keyFile))
}
