import { loadOptional } from './load-optional.ts'

/** Whether `--file` names a log on a PostgreSQL server. */
export function isLogAddress(file: string): boolean {
  return /^postgres(ql)?:\/\//i.test(file)
}

/** The package that reads logs on PostgreSQL servers. Rejects with AuditError `bad_option` where it is not installed. */
export function loadPostgres() {
  const load = () => import('@slm-audit/postgres')
  return loadOptional('a log at postgres://…', '@slm-audit/postgres', load)
}
