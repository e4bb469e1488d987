import { statSync } from 'node:fs'
import { loadOptional } from './load-optional.ts'

/** Whether `--file` names a log on a PostgreSQL server. */
export function isLogAddress(file: string): boolean {
  return /^postgres(ql)?:\/\//i.test(file)
}

/**
 * Whether `--file` names a log in files: a directory, or a file that `export --format jsonl` wrote, by its name, which
 * says how it is compressed and encrypted as well.
 */
export function isLogInFiles(file: string): boolean {
  if (isLogAddress(file)) return false
  const isNamed = /\.jsonl(\.gz|\.zst)?(\.age)?$/.test(file)
  return isNamed || statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}

/** The package that reads logs on PostgreSQL servers. Rejects with AuditError `bad_option` where it is not installed. */
export function loadPostgres() {
  const load = () => import('@slm-audit/postgres')
  return loadOptional('a log at postgres://…', '@slm-audit/postgres', load)
}
