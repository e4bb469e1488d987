import { statSync } from 'node:fs'
import { resolve } from 'node:path'
import type { Hold, LogAdmin } from '@slm-audit/core/journal'
import { openAdmin } from '@slm-audit/sqlite'
import type { Command } from 'commander'
import { isLogAddress, loadPostgres, refuseCopy } from '../../base/log-address.ts'
import { existingDatabase, existingFile } from '../with-reader.ts'
import { signingBy, signingWith } from './signing.ts'

/** Options of the commands that look after a log. */
export interface AdminWords {
  readonly file?: string
  /** The key that signs the log. */
  readonly keyFile?: string
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
  return command
    .option(
      '-f, --file <path>',
      'the database, a directory of files or postgres://… (default: $SLM_AUDIT_FILE or .slm-audit/audit.db)'
    )
    .option(
      '--key-file <path>',
      'the key that signs the log (default: <database>.key, or .slm-audit/<schema>/log.key)'
    )
    .option('--identity <file>', 'age identities, where --file is a directory that is encrypted')
}

/**
 * The log that is meant, and who looks after it. Rejects with AuditError `journal_unavailable` where there is none, and
 * `bad_option` for a copy, which is no log.
 */
export async function adminOf({
  keyFile,
  identity,
  ...named
}: AdminWords): Promise<AdministeredLog> {
  const found = existingFile(named)
  refuseCopy(found)
  if (isLogAddress(found)) return { file: found, admin: await postgresAdmin(found, keyFile) }
  if (statSync(found, { throwIfNoEntry: false })?.isDirectory()) {
    const file = resolve(found)
    const files = await import('@slm-audit/file')
    const identities = identity === undefined ? [] : files.readIdentities(identity)
    const admin = files.openAdmin(file, { ...signingWith(file, keyFile), identities })
    return { file, admin }
  }
  const file = resolve(existingDatabase(named))
  return { file, admin: openAdmin(file, signingWith(file, keyFile)) }
}

/** Who looks after a log in PostgreSQL. Rejects with AuditError `bad_option` where a key file is named that is not there. */
export async function postgresAdmin(url: string, keyFile?: string) {
  const { openPostgresAdmin, keyFileOf } = await loadPostgres()
  return openPostgresAdmin({ url }, signingBy(keyFileOf({ url }), keyFile))
}
