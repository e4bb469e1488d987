import { existsSync } from 'node:fs'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where scripts/crosscheck/install.sh puts DuckDB, which is 70 MB and so no dependency. */
export const DUCKDB_FOLDER = join(
  process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'),
  'slm-audit',
  'duckdb'
)

/**
 * Whether DuckDB is here. Where SLM_AUDIT_CROSSCHECK is `required`, as in `.ci/run`, it must be; else it is said on standard
 * error that nothing was tried with it.
 */
export function hasDuckdb(): boolean {
  if (existsSync(join(DUCKDB_FOLDER, 'node_modules', '@duckdb', 'node-api'))) return true
  const message = 'not tried with DuckDB: scripts/crosscheck/install.sh installs it'
  if (process.env.SLM_AUDIT_CROSSCHECK === 'required') throw new Error(message)
  process.stderr.write(`${message}\n`)
  return false
}
