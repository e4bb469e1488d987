/** Where records go unless told otherwise, relative to the working directory. */
export const DEFAULT_FILE = '.slm-audit/audit.db'

/** The database that the command line and `createAuditLog` use when none is named. */
export function defaultFile(): string {
  return process.env.SLM_AUDIT_FILE || DEFAULT_FILE
}
