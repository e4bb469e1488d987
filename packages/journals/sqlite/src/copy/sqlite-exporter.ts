import { resolve } from 'node:path'
import { AuditError, type Exporter, refuseUnknown } from '@slm-audit/core/exporter'
import { workerExporter } from '@slm-audit/core/node'
import { type DatabaseKeySource, unlockDatabase } from '../encryption/unlock.ts'

/** Options of `sqliteExporter`. */
export interface SqliteExporterOptions {
  /** The database of the copy; made, with its directories, where it is missing. */
  readonly file: string
  /** Names the cursor; `sqlite` unless given. */
  readonly name?: string
  /** The key of an encrypted copy; it is plain unless given. Keys of functions are for journals. */
  readonly encryption?: { readonly key: Exclude<DatabaseKeySource, () => unknown> }
}

/**
 * An exporter that keeps a copy of the log in another SQLite file: the same records at the same
 * indices, with their contents, salts and leaf hashes, so that `openReader` reads it and
 * `verify({ against })` holds it to a checkpoint of the origin. A worker thread writes it, and a
 * stored batch survives the loss of power.
 *
 * What the copy has already is compared and skipped. A copy has no holes: a batch that does not
 * follow what is there, one of another log, or one with a record that is not what was sealed, is
 * sent again until somebody has looked. Throws AuditError `bad_option`.
 */
export function sqliteExporter(options: SqliteExporterOptions): Exporter {
  refuseUnknown('sqliteExporter', options, ['file', 'name', 'encryption'])
  const { file, name = 'sqlite' } = options
  if (typeof file !== 'string' || file === '') {
    throw new AuditError('bad_option', 'file must be the path of a database')
  }
  const worker = import.meta.url.endsWith('.ts') ? '../copy-worker.ts' : './copy-worker.js'
  if (options.encryption) unlockDatabase(resolve(file), options.encryption.key)
  const data = { file: resolve(file) }
  return workerExporter({ name, worker: new URL(worker, import.meta.url), data })
}
