/** Whether an error of SQLite's says that somebody else is writing. */
export function isBusy(error: unknown): boolean {
  return String((Object(error) as { readonly code?: unknown }).code).startsWith('SQLITE_BUSY')
}
